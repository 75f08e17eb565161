import { observerUrl } from './attribution.js'
import { attachFailed, type InspectorClient } from './inspector-client.js'
import { gcKinds, type RuntimeTotals } from './runtime-sample.js'

/**
 * What runs in the target. A PerformanceObserver adds up the pauses of the collector (each pause costs one small object);
 * the rest is read when asked. If nobody asks for a minute, Plimsoll is gone, and the observer takes itself away.
 * `require` is the inspector's own and exists in CommonJS and in ES modules.
 */
const installScript = `(() => {
  const { PerformanceObserver, performance } = require('node:perf_hooks')
  const kinds = { 1: 'minor', 2: 'minor', 4: 'major', 8: 'incremental', 16: 'weak' }
  const none = () => ({ count: 0, ms: 0 })
  const gc = { minor: none(), major: none(), incremental: none(), weak: none() }
  let heapAfterMajorBytes = null
  let askedAt = performance.now()
  const observer = new PerformanceObserver((list) => {
    for (const { duration, detail } of list.getEntries()) {
      const kind = kinds[detail.kind] ?? 'major'
      gc[kind].count++
      gc[kind].ms += duration
      if (kind === 'major') heapAfterMajorBytes = process.memoryUsage().heapUsed
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
        loopIdleMs: loop.idle, loopActiveMs: loop.active, loopDelay: null, gc, heapAfterMajorBytes,
        heapUsedBytes: memory.heapUsed, heapTotalBytes: memory.heapTotal, externalBytes: memory.external,
        arrayBuffersBytes: memory.arrayBuffers, rssBytes: memory.rss,
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

const figures = [
  'loopIdleMs',
  'loopActiveMs',
  'heapUsedBytes',
  'heapTotalBytes',
  'externalBytes',
  'arrayBuffersBytes',
  'rssBytes',
] as const
const delays = ['p50Ms', 'p99Ms', 'maxMs'] as const

function isTotals(value: unknown): value is RuntimeTotals {
  if (!hasFigures(value, figures)) return false
  const { gc, loopDelay, heapAfterMajorBytes } = value
  return (
    isObject(gc) &&
    gcKinds.every((kind) => hasFigures(gc[kind], ['count', 'ms'])) &&
    (loopDelay === null || hasFigures(loopDelay, delays)) &&
    (heapAfterMajorBytes === null || Number.isFinite(heapAfterMajorBytes))
  )
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null

const hasFigures = (value: unknown, names: readonly string[]): value is Readonly<Record<string, unknown>> =>
  isObject(value) && names.every((name) => Number.isFinite(value[name]))
