import { WebSocket } from 'ws'
import { attachFailed, InspectorChannel } from './inspector-channel.js'

/** A CPU profile of ten minutes is some tens of megabytes. */
const maxMessageBytes = 512_000_000
const defaultTimeoutMs = 5_000

/** The inspector of a process, over its WebSocket. */
export class InspectorClient extends InspectorChannel {
  /** The port of this end of the connection. */
  readonly localPort: number
  readonly #socket: WebSocket

  private constructor(socket: WebSocket, localPort: number) {
    super({
      timeoutMs: defaultTimeoutMs,
      write: (text, _, failed) => {
        if (socket.readyState !== WebSocket.OPEN) failed('the connection is closed')
        else socket.send(text, (error) => void (error && failed(error.message)))
      },
    })
    this.localPort = localPort
    this.#socket = socket
    socket.on('message', (data) => this.receive(String(data)))
    socket.on('error', () => socket.terminate())
    socket.once('close', () => this.end('the inspector closed the connection'))
  }

  /** @throws PlimsollError ATTACH_FAILED */
  static connect(url: string, timeoutMs = defaultTimeoutMs): Promise<InspectorClient> {
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(url, {
        perMessageDeflate: false,
        maxPayload: maxMessageBytes,
        handshakeTimeout: timeoutMs,
        followRedirects: false,
      })
      let localPort = 0
      socket.once('upgrade', (response) => {
        localPort = response.socket.localPort ?? 0
      })
      socket.once('open', () => {
        socket.removeAllListeners('error')
        resolve(new InspectorClient(socket, localPort))
      })
      socket.on('error', (error) => {
        reject(attachFailed(`its inspector does not take a connection: ${error.message}`, error))
      })
    })
  }

  /** Closes the connection; at once if the other side does not answer within a moment. */
  async close(): Promise<void> {
    if (this.isClosed) return
    this.#socket.close()
    const timer = setTimeout(() => this.#socket.terminate(), 300)
    await this.closed
    clearTimeout(timer)
  }
}
