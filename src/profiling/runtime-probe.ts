import { observerUrl } from './attribution.js'
import { attachFailed, type InspectorClient } from './inspector-client.js'

/** Totals of a Node process since the probe was installed, or since its start (event loop). */
export interface RuntimeTotals {
  /** ms in which the event loop waited for the kernel, and in which it did not. */
  readonly loopIdleMs: number
  readonly loopActiveMs: number
  readonly heapUsedBytes: number
  readonly rssBytes: number
  readonly gcMs: number
  readonly gcCount: number
}

/**
 * What runs in the target. A PerformanceObserver adds up the pauses of the collector (each pause costs one small object);
 * the rest is read when asked. If nobody asks for a minute, Plimsoll is gone, and the observer takes itself away.
 * `require` is the inspector's own and exists in CommonJS and in ES modules.
 */
const installScript = `(() => {
  const { PerformanceObserver, performance } = require('node:perf_hooks')
  let gcMs = 0
  let gcCount = 0
  let askedAt = performance.now()
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      gcMs += entry.duration
      gcCount++
    }
    if (performance.now() - askedAt > 60000) observer.disconnect()
  })
  observer.observe({ entryTypes: ['gc'] })
  return {
    read() {
      askedAt = performance.now()
      const loop = performance.eventLoopUtilization()
      const memory = process.memoryUsage()
      return {
        loopIdleMs: loop.idle, loopActiveMs: loop.active,
        heapUsedBytes: memory.heapUsed, rssBytes: memory.rss, gcMs, gcCount,
      }
    },
    remove() { observer.disconnect() },
  }
})()
//# sourceURL=${observerUrl}`

/** V8 puts the text in parentheses, so the last line must not be a comment. */
const call = (method: 'read' | 'remove'): string =>
  `function () { return this.${method}() }\n//# sourceURL=${observerUrl}\n`

/** Reads the runtime of a Node process through its inspector. */
export class RuntimeProbe {
  readonly #client: InspectorClient
  readonly #objectId: string

  private constructor(client: InspectorClient, objectId: string) {
    this.#client = client
    this.#objectId = objectId
  }

  /** @throws PlimsollError ATTACH_FAILED */
  static async install(client: InspectorClient, timeoutMs: number): Promise<RuntimeProbe> {
    const { result, exceptionDetails } = await client.send(
      'Runtime.evaluate',
      { expression: installScript, includeCommandLineAPI: true, objectGroup: 'plimsoll', silent: true },
      { timeoutMs },
    )
    if (exceptionDetails || result.objectId === undefined)
      throw attachFailed('it refused to run the observer')
    return new RuntimeProbe(client, result.objectId)
  }

  /** @throws PlimsollError ATTACH_FAILED */
  async read(timeoutMs: number): Promise<RuntimeTotals> {
    const { result, exceptionDetails } = await this.#client.send(
      'Runtime.callFunctionOn',
      { objectId: this.#objectId, functionDeclaration: call('read'), returnByValue: true, silent: true },
      { timeoutMs },
    )
    const totals: unknown = result.value
    if (exceptionDetails || !isTotals(totals)) throw attachFailed('its observer gave no figures')
    return totals
  }

  /** Takes the observer out of the target. */
  async remove(timeoutMs: number): Promise<void> {
    await this.#client.send(
      'Runtime.callFunctionOn',
      { objectId: this.#objectId, functionDeclaration: call('remove'), silent: true },
      { timeoutMs },
    )
    await this.#client.send('Runtime.releaseObjectGroup', { objectGroup: 'plimsoll' }, { timeoutMs })
  }
}

const fields = ['loopIdleMs', 'loopActiveMs', 'heapUsedBytes', 'rssBytes', 'gcMs', 'gcCount'] as const

function isTotals(value: unknown): value is RuntimeTotals {
  if (typeof value !== 'object' || value === null) return false
  const record = value as Readonly<Record<string, unknown>>
  return fields.every((field) => Number.isFinite(record[field]))
}
