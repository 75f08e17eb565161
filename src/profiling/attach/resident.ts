import { atSafePoint } from '../at-safe-point.js'
import { observerUrl } from '../attribution.js'
import { attachFailed } from '../inspector-channel.js'
import type { InspectorClient } from '../inspector-client.js'

/*
 * What stays in the target while an inspector that Plimsoll opened is open: one timer that closes it again should
 * Plimsoll die or freeze. The timer keeps no process alive and takes some microseconds every two seconds.
 */

/** After so many ticks without a word from Plimsoll the inspector closes, unless somebody else is connected to it. */
const ticksToLapse = 5

const key = `Symbol.for('plimsoll.attached')`

/**
 * Ticks are counted, not time: a target that was busy or stopped for a minute has not let anybody renew. The inspector
 * closes only while nobody is connected to it: the session of a client that is cut off while it stands still stays in
 * the process, with its profiler. Who is connected only /proc tells. The one thing in the target that has a name is a symbol, by
 * which a second connection finds what the first left.
 */
const installScript = (debugPort: number | null, tickMs: number): string => `
  const inspector = require('node:inspector')
  const { readFile } = require('node:fs')
  const key = ${key}
  const idOf = () => inspector.url()?.replace(/^.*[/]/, '')
  // The URL names process.debugPort, so it tells the port only until that is set back.
  const portOf = () => Number(new URL(inspector.url()).port)
  let id = idOf()
  let port = portOf()
  ${debugPort === null ? '' : `process.debugPort = ${debugPort}`}
  let missed = 0
  let onceUnused = null
  let looks = 0
  const end = () => {
    onceUnused = null
    clearInterval(timer)
    if (globalThis[key] === resident) delete globalThis[key]
  }
  const close = () => {
    end()
    inspector.close()
  }
  const reopen = () => {
    const { debugPort } = process
    inspector.close()
    inspector.open(0)
    id = idOf()
    port = portOf()
    process.debugPort = debugPort
    missed = 0
  }
  const look = () => {
    readFile('/proc/self/net/tcp', 'latin1', (_, four) => {
      readFile('/proc/self/net/tcp6', 'latin1', (_, six) => {
        if (onceUnused === null) return
        if (idOf() !== id) return end()
        const local = port.toString(16).toUpperCase().padStart(4, '0')
        const connected = new RegExp(':' + local + ' [0-9A-F]+:[0-9A-F]{4} 01 ')
        if (four === undefined || connected.test(four) || connected.test(six ?? ''))
          return setTimeout(look, ++looks < 20 ? 50 : ${tickMs}).unref()
        const act = onceUnused
        onceUnused = null
        act()
      })
    })
  }
  const whenUnused = (act) => {
    onceUnused = act
    looks = 0
    setTimeout(look, 20).unref()
  }
  const timer = setInterval(() => {
    if (idOf() !== id) end()
    else if (onceUnused === null && ++missed >= ${ticksToLapse}) whenUnused(close)
  }, ${tickMs})
  timer.unref()
  const resident = {
    renew() {
      missed = 0
      onceUnused = null
    },
    move: () => whenUnused(reopen),
    release: () => whenUnused(close),
  }
  Object.defineProperty(globalThis, key, { value: resident, configurable: true })
`

/** The part of Plimsoll in a target whose inspector it opened. All methods reject with PlimsollError ATTACH_FAILED. */
export class Resident {
  readonly #client: InspectorClient
  readonly #timeoutMs: number

  constructor(client: InspectorClient, timeoutMs: number) {
    this.#client = client
    this.#timeoutMs = timeoutMs
  }

  /** @param debugPort what `process.debugPort` was before the signal, where the signal changed it
   * @param tickMs how often `renew` will be called
   */
  install(debugPort: number | null, tickMs: number): Promise<void> {
    return this.#evaluate(installScript(debugPort, tickMs))
  }

  renew(): Promise<void> {
    return this.#call('renew()')
  }

  /** Has the inspector opened again on a free port, once this connection is closed: the next process needs its port. */
  move(): Promise<void> {
    return this.#call('move()')
  }

  /** Closes the inspector once nobody is connected to it. */
  release(timeoutMs: number): Promise<void> {
    return this.#call('release()', timeoutMs)
  }

  #call(call: string, timeoutMs = this.#timeoutMs): Promise<void> {
    return this.#evaluate(`globalThis[${key}].${call}`, timeoutMs)
  }

  async #evaluate(body: string, timeoutMs = this.#timeoutMs): Promise<void> {
    const expression = `${atSafePoint(body)}\n//# sourceURL=${observerUrl}`
    const { exceptionDetails } = await this.#client.send(
      'Runtime.evaluate',
      { expression, includeCommandLineAPI: true, awaitPromise: true, silent: true },
      { timeoutMs },
    )
    if (exceptionDetails)
      throw attachFailed(
        `it refused to be prepared: ${(exceptionDetails.exception?.description ?? exceptionDetails.text).split('\n')[0]}`,
      )
  }
}
