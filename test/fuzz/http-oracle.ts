import { request } from 'node:http'
import { Duplex } from 'node:stream'

export interface NodeReading {
  /** Status and body bytes of the response; null where there is none. */
  readonly response: string | null
  /** Its header fields and body, as `contentOf` puts them. */
  readonly content: string
  /** The code of the error that ended it; `upgrade` where Node took the connection for another protocol. */
  readonly error: string | null
}

const nothing = { response: null, content: '' }

/** Header fields and a body as one line. */
export const contentOf = (fields: ReadonlyArray<readonly [string, string]>, body: string): string =>
  `${fields.map(([name, value]) => `${name}: ${value}`).join('; ')} | ${body}`

/** A connection without a network: whatever is written, these bytes and the end come back. */
function connectionOf(bytes: Uint8Array): Duplex {
  const socket = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() })
  socket.push(bytes)
  socket.push(null)
  return socket
}

/**
 * What Node's own HTTP client makes of the bytes, followed by the end of the connection.
 * @param connect where they come from, if over a connection of its own
 */
export function readByNode(
  bytes: Uint8Array,
  method: string,
  connect: () => Duplex = () => connectionOf(bytes),
): Promise<NodeReading> {
  return new Promise((resolve) => {
    const fail = (error: NodeJS.ErrnoException): void =>
      resolve({ ...nothing, error: error.code ?? error.message })
    const client = request({ method, createConnection: connect, headers: { host: 'x' } })
    client.on('error', fail)
    client.on('upgrade', () => resolve({ ...nothing, error: 'upgrade' }))
    let answered = false
    const giveUp = (): void => resolve({ ...nothing, error: 'closed' })
    client.on('close', () => {
      if (!answered) giveUp()
    })
    client.on('response', (response) => {
      let body = ''
      let size = 0
      answered = true
      response.on('close', giveUp)
      response.on('data', (data: Buffer) => {
        size += data.length
        body += data.toString('latin1')
      })
      response.on('error', fail)
      response.on('end', () => {
        const raw = response.rawHeaders
        const fields = raw.flatMap((name, at) =>
          at % 2 === 0 ? [[name.toLowerCase(), raw[at + 1]!] as const] : [],
        )
        const content = contentOf(fields, body)
        resolve({ response: `${response.statusCode} ${size}`, content, error: null })
      })
    })
    client.end()
  })
}
