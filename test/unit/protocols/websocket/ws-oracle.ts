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
}
const codec = ws as unknown as {
  Sender: { frame(data: Buffer, options: FrameOptions): Buffer[] }
  Receiver: new (options: ReceiverOptions) => Writable
}

/** An unmasked frame as a server sends it, by the `ws` package. */
export const serverFrame = (opcode: number, payload: Buffer, fin = true): Buffer =>
  Buffer.concat(codec.Sender.frame(payload, { fin, opcode, mask: false, readOnly: true, rsv1: false }))

/** What the `ws` package reads from the bytes: one line for each event; `error` last where it refuses them. */
export function readByWs(bytes: Buffer, isServer: boolean, maxPayload = 1_000_000): Promise<string[]> {
  const events: string[] = []
  const receiver = new codec.Receiver({ isServer, maxPayload })
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
