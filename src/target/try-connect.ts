import { connect } from 'node:net'

export interface TcpAddress {
  readonly host: string
  readonly port: number
}

/** True if something accepts a TCP connection at the address within `timeoutMs`; it is closed again at once. */
export function accepts(address: TcpAddress, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: address.host, port: address.port })
    const end = (accepted: boolean): void => {
      clearTimeout(timer)
      socket.destroy()
      resolve(accepted)
    }
    const timer = setTimeout(() => end(false), timeoutMs)
    socket.once('connect', () => {
      // On loopback a socket may be given the port that it connects to as its own, and then meets itself.
      end(!(socket.localPort === socket.remotePort && socket.localAddress === socket.remoteAddress))
    })
    socket.on('error', () => end(false))
  })
}
