import { describe, expect, it } from 'vitest'
import { acceptOf, Handshake, HandshakeReader } from '../../../../src/protocols/websocket/handshake.js'

const key = 'dGhlIHNhbXBsZSBub25jZQ=='
const maxHeaderBytes = 500
const handshake = new Handshake({
  url: new URL('ws://localhost/'),
  headers: [],
  subprotocols: [],
  compression: false,
  maxHeaderBytes,
})

const answer = (upgrade = 'websocket', connection = 'Upgrade'): string =>
  `HTTP/1.1 101 Fine\r\nUpgrade: ${upgrade}\r\nConnection: ${connection}\r\nSec-WebSocket-Accept: ${acceptOf(key)}\r\n\r\n`

/** Where the first frame begins, counted over all pieces; or the kind of the failure; or `incomplete`. */
function read(pieces: readonly string[]): number | string {
  const reader = new HandshakeReader(handshake, key)
  let before = 0
  for (const piece of pieces) {
    const offset = reader.push(Buffer.from(piece, 'latin1'), piece.length)
    if (offset >= 0) return before + offset
    if (reader.failure) return reader.failure.kind
    before += piece.length
  }
  return 'incomplete'
}

describe('interim responses before the answer to a handshake', () => {
  const early = 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n'
  const text = `HTTP/1.1 100 Continue\r\n\r\n${early}${answer()}`

  it('are passed over, wherever the reads are cut', () => {
    expect(read([text])).toBe(text.length)
    for (let cut = 1; cut < text.length; cut++) {
      expect(read([text.slice(0, cut), text.slice(cut)])).toBe(text.length)
    }
    expect(read([...text, 'a frame'])).toBe(text.length)
    expect(read([`${text}a frame`])).toBe(text.length)
  })

  it('do not replace it', () => {
    expect(read([early])).toBe('incomplete')
    expect(read([early, 'HTTP/1.1 503 Busy\r\n\r\n'])).toBe('handshake-status-503')
    expect(read([early, 'x'])).toBe('handshake-invalid')
    expect(read(['HTTP/1.1 103 Early\r\nno colon\r\n\r\n', answer()])).toBe('handshake-invalid')
  })

  it('count towards the limit of the headers', () => {
    const fitting = Math.floor((maxHeaderBytes - answer().length) / early.length)
    expect(read([early.repeat(fitting), answer()])).toBe(fitting * early.length + answer().length)
    expect(read([early.repeat(fitting + 1), answer()])).toBe('handshake-headers-too-large')
    expect(read([early.repeat(100)])).toBe('handshake-headers-too-large')
  })
})

describe('white space in the answer', () => {
  it('is spaces and tabs', () => {
    expect(read([answer(' \twebsocket\t ', 'a,\t Upgrade ,b')])).toBeGreaterThan(0)
    expect(read([answer('websocket\xa0')])).toBe('handshake-invalid')
    expect(read([answer('websocket', 'Upgrade\xa0')])).toBe('handshake-invalid')
  })
})
