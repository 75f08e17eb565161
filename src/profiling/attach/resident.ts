import { observerUrl } from '../attribution.js'
import { attachFailed, type InspectorClient } from '../inspector-client.js'

/*
 * What stays in the target while an inspector that Plimsoll opened is open: one timer that closes it again should
 * Plimsoll die or freeze. The timer keeps no process alive and takes some microseconds every two seconds.
 */

const tickMs = 2_000
const ticksToLapse = 5
/** An inspector that nobody renews is closed after this long, unless somebody else is connected to it. */
export const lapseMs = tickMs * ticksToLapse
/** How often Plimsoll has to renew it. */
export const renewEveryMs = 2_000

const key = `Symbol.for('plimsoll.attached')`

/**
 * Ticks are counted, not time: a target that was busy or stopped for a minute has not let anybody renew. Connections
 * are read from /proc, since the inspector does not tell who is connected; of a stranger it never takes its port.
 * Only one thing in the target has a name: a symbol by which a second connection finds what the first left.
 */
const installScript = (clientPort: number, debugPort: number | null): string => `(() => {
  const inspector = require('node:inspector')
  const { readFile } = require('node:fs')
  const key = ${key}
  const idOf = () => inspector.url()?.replace(/^.*[/]/, '')
  // The URL names process.debugPort, so it tells the port only until that is set back.
  const portOf = () => Number(new URL(inspector.url()).port)
  let id = idOf()
  let port = portOf()
  let clientPort = ${clientPort}
  let missed = 0
  let released = false
  ${debugPort === null ? '' : `process.debugPort = ${debugPort}`}
  const end = () => {
    clearInterval(timer)
    if (globalThis[key] === resident) delete globalThis[key]
  }
  const close = () => {
    end()
    if (idOf() === id) inspector.close()
  }
  const isUsed = (text) => {
    const local = port.toString(16).toUpperCase().padStart(4, '0')
    const rows = text.matchAll(new RegExp(':' + local + ' [0-9A-F]+:([0-9A-F]{4}) 01 ', 'g'))
    return Array.from(rows, ([, remote]) => parseInt(remote, 16)).some((remote) => remote !== clientPort)
  }
  const closeUnlessUsed = () => {
    readFile('/proc/self/net/tcp', 'latin1', (_, four) => {
      readFile('/proc/self/net/tcp6', 'latin1', (_, six) => {
        if (missed < ${ticksToLapse}) return
        if (isUsed((four ?? '') + (six ?? ''))) missed = released ? ${ticksToLapse - 1} : 0
        else close()
      })
    })
  }
  const timer = setInterval(() => {
    if (idOf() !== id) end()
    else if (++missed === ${ticksToLapse}) closeUnlessUsed()
  }, ${tickMs})
  timer.unref()
  const resident = {
    renew(port) { clientPort = port; missed = 0 },
    move() {
      setTimeout(() => {
        const { debugPort } = process
        inspector.close()
        inspector.open(0)
        id = idOf()
        port = portOf()
        process.debugPort = debugPort
        clientPort = 0
        missed = 0
      }, 10)
    },
    release(used) {
      released = true
      clientPort = 0
      missed = ${ticksToLapse - 1}
      if (!used) setTimeout(close, 50)
    },
  }
  Object.defineProperty(globalThis, key, { value: resident, configurable: true })
})()
//# sourceURL=${observerUrl}`

/** The part of Plimsoll in a target whose inspector it opened. All methods reject with PlimsollError ATTACH_FAILED. */
export class Resident {
  readonly #client: InspectorClient
  readonly #timeoutMs: number

  constructor(client: InspectorClient, timeoutMs: number) {
    this.#client = client
    this.#timeoutMs = timeoutMs
  }

  /** @param debugPort what `process.debugPort` was before the signal, where the signal changed it */
  install(debugPort: number | null): Promise<void> {
    return this.#evaluate(installScript(this.#client.localPort, debugPort))
  }

  renew(): Promise<void> {
    return this.#call(`renew(${this.#client.localPort})`)
  }

  /** Has the inspector opened again on a free port, so that the next process can have its default port. */
  move(): Promise<void> {
    return this.#call('move()')
  }

  /** Closes the inspector in a moment; if somebody else uses it, once that is over. */
  release(usedByOthers: boolean, timeoutMs: number): Promise<void> {
    return this.#call(`release(${usedByOthers})`, timeoutMs)
  }

  #call(call: string, timeoutMs = this.#timeoutMs): Promise<void> {
    return this.#evaluate(`globalThis[${key}].${call}\n//# sourceURL=${observerUrl}`, timeoutMs)
  }

  async #evaluate(expression: string, timeoutMs = this.#timeoutMs): Promise<void> {
    const { exceptionDetails } = await this.#client.send(
      'Runtime.evaluate',
      { expression, includeCommandLineAPI: true, silent: true },
      { timeoutMs },
    )
    if (exceptionDetails)
      throw attachFailed(
        `it refused to be prepared: ${(exceptionDetails.exception?.description ?? exceptionDetails.text).split('\n')[0]}`,
      )
  }
}
