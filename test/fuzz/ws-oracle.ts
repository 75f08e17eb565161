import { Duplex, type Writable } from 'node:stream'
import * as ws from 'ws'

// The receiver of the `ws` package, which its type declarations leave out.
interface ReceiverOptions {
  isServer: boolean
  maxPayload: number
  extensions?: Record<string, unknown>
}
interface SyncReceiver extends Writable {
  _write(chunk: Buffer, encoding: string, done: (error?: Error | null) => void): void
}
interface Deflate {
  accept(configurations: ReadonlyArray<Readonly<Record<string, unknown[]>>>): unknown
  cleanup(): void
}
const { Receiver, PerMessageDeflate } = ws as unknown as {
  Receiver: new (options: ReceiverOptions) => SyncReceiver
  PerMessageDeflate: new (options: { isServer: boolean; maxPayload: number }) => Deflate
}

export interface WsReading {
  readonly events: string[]
  /** The code of the error that ended it. */
  error: string | null
}

function listening(options: Omit<ReceiverOptions, 'isServer'>): {
  receiver: SyncReceiver
  reading: WsReading
} {
  const reading: WsReading = { events: [], error: null }
  const receiver = new Receiver({ isServer: false, ...options })
  receiver.on('message', (data: Buffer, binary: boolean) =>
    reading.events.push(`${binary ? 'binary' : 'text'} ${data.toString('latin1')}`),
  )
  receiver.on('ping', (data: Buffer) => reading.events.push(`ping ${data.toString('latin1')}`))
  receiver.on('conclude', (code: number, reason: Buffer) => reading.events.push(`close ${code} ${reason}`))
  return { receiver, reading }
}

const codeOf = (error: Error): string => (error as NodeJS.ErrnoException).code ?? error.message

/** What a client's receiver of the `ws` package reads from the bytes. Pongs, which we pass over, are left out. */
export function readFramesByWs(bytes: Buffer, maxPayload: number): WsReading {
  const { receiver, reading } = listening({ maxPayload })
  // Without the queue of a stream before it, it answers at once.
  receiver._write(bytes, 'buffer', (error) => {
    if (error) reading.error = codeOf(error)
  })
  return reading
}

/** The same where permessage-deflate was agreed on, with the parameters of the server's answer. */
export function readCompressedByWs(
  bytes: Buffer,
  maxPayload: number,
  parameters: Readonly<Record<string, unknown[]>>,
): Promise<WsReading> {
  const deflate = new PerMessageDeflate({ isServer: false, maxPayload })
  deflate.accept([{ ...parameters }])
  const { receiver, reading } = listening({ maxPayload, extensions: { 'permessage-deflate': deflate } })
  return new Promise((resolve) => {
    receiver._write(bytes, 'buffer', (error) => {
      if (error) reading.error = codeOf(error)
      deflate.cleanup()
      resolve(reading)
    })
  })
}

/** A connection whose other end says `answer(request)` and hangs up. */
function scripted(answer: (request: string) => Buffer): Duplex {
  let asked = ''
  const socket = new Duplex({
    read() {},
    write(chunk: Buffer, _encoding, done) {
      done()
      const before = asked.includes('\r\n\r\n')
      asked += chunk.toString('latin1')
      if (before || !asked.includes('\r\n\r\n')) return
      socket.push(answer(asked))
      socket.push(null)
    },
  })
  return socket
}

export interface WsHandshake {
  /** The subprotocol where the handshake succeeded, '' for none; null where it failed. */
  readonly subprotocol: string | null
  /** What came behind the handshake, as messages. */
  readonly messages: readonly string[]
  readonly error: string | null
}

/**
 * What a client of the `ws` package makes of a response to its handshake.
 * @param answer the response, given the Sec-WebSocket-Key
 */
export function shakeHandsByWs(
  answer: (key: string) => Buffer,
  { subprotocols, compression }: { readonly subprotocols: readonly string[]; readonly compression: boolean },
): Promise<WsHandshake> {
  const socket = scripted((request) => answer(/sec-websocket-key: (.*)\r\n/i.exec(request)?.[1] ?? ''))
  // Any stream will do, but the declarations ask for a socket.
  const createConnection = (() => socket) as unknown as ws.ClientOptions['createConnection']
  const options = { createConnection, perMessageDeflate: compression, maxPayload: 1_000 }
  return new Promise((resolve) => {
    const messages: string[] = []
    let subprotocol: string | null = null
    let error: string | null = null
    const client = new ws.WebSocket('ws://localhost/', [...subprotocols], options)
    client.on('open', () => {
      subprotocol = client.protocol
    })
    client.on('message', (data: Buffer) => messages.push(data.toString('latin1')))
    client.on('error', (problem) => {
      error ??= problem.message
    })
    client.on('close', () => resolve({ subprotocol, messages, error }))
  })
}
