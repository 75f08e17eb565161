import { describe, expect, it } from 'vitest'
import * as ws from 'ws'
import { deflateOffer, readDeflateAnswer } from '../../../../src/protocols/websocket/deflate-negotiation.js'

const agreed = {
  serverNoContextTakeover: false,
  clientNoContextTakeover: false,
  serverWindowBits: 15,
  clientWindowBits: 15,
}

describe('readDeflateAnswer', () => {
  it.each([
    ['permessage-deflate', agreed],
    ['permessage-deflate; server_no_context_takeover', { ...agreed, serverNoContextTakeover: true }],
    ['permessage-deflate;client_no_context_takeover', { ...agreed, clientNoContextTakeover: true }],
    ['permessage-deflate; server_max_window_bits=8', { ...agreed, serverWindowBits: 8 }],
    ['permessage-deflate; client_max_window_bits = 10', { ...agreed, clientWindowBits: 10 }],
    ['permessage-deflate; client_max_window_bits="9"', { ...agreed, clientWindowBits: 9 }],
    [
      'permessage-deflate; client_max_window_bits=12; server_no_context_takeover; server_max_window_bits=15; client_no_context_takeover',
      {
        serverNoContextTakeover: true,
        clientNoContextTakeover: true,
        serverWindowBits: 15,
        clientWindowBits: 12,
      },
    ],
  ])('takes %s', (answer, parameters) => {
    expect(readDeflateAnswer(answer)).toEqual(parameters)
  })

  it.each([
    ['', 'not offered'],
    ['permessage-bzip2', 'not offered'],
    ['Permessage-Deflate', 'not offered'],
    ['permessage-deflate, permessage-deflate', 'more extensions'],
    ['permessage-deflate; window=15', 'unknown parameter'],
    ['permessage-deflate;', 'unknown parameter'],
    ['permessage-deflate; =1', 'unknown parameter'],
    ['permessage-deflate; server_no_context_takeover=1', 'takes no value'],
    ['permessage-deflate; client_no_context_takeover=true', 'takes no value'],
    ['permessage-deflate; server_no_context_takeover; server_no_context_takeover', 'twice'],
    ['permessage-deflate; client_max_window_bits', 'not between 8 and 15'],
    ['permessage-deflate; server_max_window_bits', 'not between 8 and 15'],
    ['permessage-deflate; server_max_window_bits=7', 'not between 8 and 15'],
    ['permessage-deflate; server_max_window_bits=16', 'not between 8 and 15'],
    ['permessage-deflate; server_max_window_bits=08', 'not between 8 and 15'],
    ['permessage-deflate; client_max_window_bits="10', 'not between 8 and 15'],
    ['permessage-deflate; client_max_window_bits=10; client_max_window_bits=10', 'twice'],
  ])('refuses %j', (answer, why) => {
    expect(readDeflateAnswer(answer)).toContain(why)
  })

  it('offers what the ws package can read', () => {
    const { extension } = ws as unknown as { extension: { parse(header: string): unknown } }
    expect(JSON.parse(JSON.stringify(extension.parse(deflateOffer)))).toEqual({
      'permessage-deflate': [{ client_max_window_bits: [true] }],
    })
  })
})
