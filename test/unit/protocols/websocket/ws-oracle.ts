import type { Writable } from 'node:stream'
import * as ws from 'ws'

// The codec of the `ws` package, which its type declarations leave out.
interface FrameOptions {
  fin: boolean
  opcode: number
  mask: boolean
  readOnly: boolean
  rsv1: boolean
}
interface ReceiverOptions {
  isServer: boolean
  maxPayload: number
  extensions: Record<string, unknown>
}
const codec = ws as unknown as {
  Sender: { frame(data: Buffer, options: FrameOptions): Buffer[] }
  Receiver: new (options: ReceiverOptions) => Writable
  PerMessageDeflate: new (options: object) => { accept(parameters: object[]): void; cleanup(): void }
}

/** An unmasked frame as a server sends it, by the `ws` package. */
export const serverFrame = (opcode: number, payload: Buffer, fin = true, rsv1 = false): Buffer =>
  Buffer.concat(codec.Sender.frame(payload, { fin, opcode, mask: false, readOnly: true, rsv1 }))

/**
 * What the `ws` package reads from the bytes: one line for each event; `error` last where it refuses them.
 * @param deflate permessage-deflate was agreed on, without parameters
 */
export function readByWs(
  bytes: Buffer,
  isServer: boolean,
  maxPayload = 1_000_000,
  deflate = false,
): Promise<string[]> {
  const events: string[] = []
  const extensions: Record<string, unknown> = {}
  if (deflate) {
    const extension = new codec.PerMessageDeflate({ isServer, maxPayload })
    extension.accept([{}])
    extensions['permessage-deflate'] = extension
  }
  const receiver = new codec.Receiver({ isServer, maxPayload, extensions })
  receiver.on('message', (data: Buffer, isBinary: boolean) =>
    events.push(`${isBinary ? 'binary' : 'text'} ${data.toString('hex')}`),
  )
  receiver.on('ping', (data: Buffer) => events.push(`ping ${data.toString('hex')}`))
  receiver.on('pong', (data: Buffer) => events.push(`pong ${data.toString('hex')}`))
  receiver.on('conclude', (code: number, reason: Buffer) =>
    events.push(`close ${code} ${reason.toString('hex')}`),
  )
  receiver.on('error', () => {})
  return new Promise((resolve) => {
    receiver.write(bytes, (error) => {
      if (error) events.push('error')
      resolve(events)
    })
  })
}
