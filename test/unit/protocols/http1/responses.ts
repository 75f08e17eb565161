import { request } from 'node:http'
import { Duplex } from 'node:stream'
import {
  type ResponseErrorKind,
  type ResponseHandler,
  type ResponseLimits,
  ResponseParser,
} from '../../../../src/protocols/http1/response-parser.js'

/** What a parser made of a stream of bytes: one line a response, and the failure that ended it. */
export interface Reading {
  readonly responses: string[]
  firstBytes: number
  /** Bytes of the first response; 0 without a whole one. */
  firstLength: number
  failure: ResponseErrorKind | null
  detail: string
}

export const defaultLimits: ResponseLimits = {
  maxHeaderBytes: 16_384,
  maxBodyBytes: 1_048_576,
  headOnly: false,
}

/**
 * Reads `pieces` one after the other. What lies behind a response is read anew, as if each response had been asked
 * for, until a response ends the connection.
 */
export function readPieces(
  pieces: readonly Uint8Array[],
  options: Partial<ResponseLimits> & { ended?: boolean } = {},
): Reading {
  const reading: Reading = { responses: [], firstBytes: 0, firstLength: 0, failure: null, detail: '' }
  let rest = 0
  let fed = 0
  let over = false
  const handler: ResponseHandler = {
    firstByte: () => {
      reading.firstBytes++
    },
    complete(status, keepAlive, surplus) {
      reading.responses.push(`${status} ${parser.bodyBytes} ${keepAlive ? 'keep' : 'end'}`)
      rest = surplus
      if (reading.firstLength === 0) reading.firstLength = fed - surplus
      over = !keepAlive
    },
    failed(kind, detail) {
      reading.failure = kind
      reading.detail = detail
      over = true
    },
  }
  const parser = new ResponseParser(handler, { ...defaultLimits, ...options })
  for (const piece of pieces) {
    let start = 0
    fed += piece.length
    while (start < piece.length && !over) {
      rest = 0
      parser.read(piece, start, piece.length)
      start = piece.length - rest
    }
    if (over) return reading
  }
  if (options.ended) parser.finish()
  return reading
}

export const read = (text: string, options: Partial<ResponseLimits> & { ended?: boolean } = {}): Reading =>
  readPieces([Buffer.from(text, 'latin1')], options)

/** What Node's own HTTP client makes of the same bytes, followed by the end of the connection. */
export function readByNode(bytes: Uint8Array, method = 'GET'): Promise<string> {
  const socket = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() })
  return new Promise((resolve) => {
    const client = request({ method, createConnection: () => socket, headers: { host: 'x' } })
    client.on('error', (error: NodeJS.ErrnoException) => resolve(`error ${error.code}`))
    client.on('upgrade', () => resolve('upgrade'))
    client.on('response', (response) => {
      let size = 0
      response.on('data', (data: Buffer) => {
        size += data.length
      })
      response.on('error', (error: NodeJS.ErrnoException) => resolve(`error ${error.code}`))
      response.on('end', () => resolve(`${response.statusCode} ${size}`))
    })
    client.end()
    socket.push(bytes)
    socket.push(null)
  })
}
