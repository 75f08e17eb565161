import { atSafePoint } from './at-safe-point.js'
import { observerUrl } from './attribution.js'
import { attachFailed } from './inspector-channel.js'
import type { InspectorClient } from './inspector-client.js'
import { gcKinds, type RuntimeTotals } from './runtime-sample.js'

/** How often the event loop is asked to come by: at 20 ms it costs an idle process 0.4 % of a core and 0.006 of ELU. */
const delayEveryMs = 20

/**
 * What runs in the target, bounded in memory. A PerformanceObserver adds up the pauses of the collector (each costs one
 * small object). A timer measures how late it comes; Node's own `monitorEventLoopDelay` would lose, at each reset, the
 * delay that is under way. The rest is read when asked, at once, also while the target is in a long call; timer and
 * observer come and go at a safe point. If nobody asks for a minute, Plimsoll is gone, and both take themselves away.
 * `require` is the inspector's own and exists in CommonJS and in ES modules.
 *
 * Heap after a major collection: the heap when the observer hears of it, without the new space, which a major
 * collection empties and which has been filled since.
 */
const installScript = `${atSafePoint(`
  const { PerformanceObserver, performance } = require('node:perf_hooks')
  const { getHeapSpaceStatistics } = require('node:v8')
  const { memoryUsage } = process
  const every = ${delayEveryMs}
  const kinds = { 1: 'minor', 2: 'minor', 4: 'major', 8: 'incremental', 16: 'weak' }
  const none = () => ({ count: 0, ms: 0 })
  const gc = { minor: none(), major: none(), incremental: none(), weak: none() }
  let heapAfterMajorBytes = null
  let askedAt = performance.now()
  const oldSpaceBytes = () => {
    let bytes = memoryUsage().heapUsed
    for (const space of getHeapSpaceStatistics())
      if (space.space_name === 'new_space' || space.space_name === 'new_large_object_space')
        bytes -= space.space_used_size
    return bytes
  }
  const observer = new PerformanceObserver((list) => {
    let major = false
    for (const { duration, detail } of list.getEntries()) {
      const kind = kinds[detail.kind] ?? 'major'
      gc[kind].count++
      gc[kind].ms += duration
      major ||= kind === 'major'
    }
    if (major) heapAfterMajorBytes = oldSpaceBytes()
  })
  const perOctave = 16
  const late = new Uint32Array(perOctave * 32)
  let lates = 0
  let maxMs = 0
  let cameAt = performance.now()
  const timer = setInterval(() => {
    const now = performance.now()
    const ms = Math.max(0, now - cameAt - every)
    cameAt = now
    late[Math.min(late.length - 1, Math.floor(Math.log2(1 + ms) * perOctave))]++
    lates++
    if (ms > maxMs) maxMs = ms
    if (now - askedAt > 60000) remove()
  }, every)
  const lateness = (share) => {
    let left = Math.ceil(share * lates)
    let index = -1
    while (left > 0) left -= late[++index]
    return Math.min(maxMs, 2 ** ((index + 0.5) / perOctave) - 1)
  }
  const takeDelay = () => {
    const underWayMs = performance.now() - cameAt - every
    if (lates === 0 && underWayMs <= 0) return null
    const longestMs = Math.max(maxMs, underWayMs)
    const delay = lates === 0
      ? { p50Ms: longestMs, p99Ms: longestMs, maxMs: longestMs }
      : { p50Ms: lateness(0.5), p99Ms: lateness(0.99), maxMs: longestMs }
    late.fill(0)
    lates = 0
    maxMs = 0
    return delay
  }
  const remove = () => {
    observer.disconnect()
    clearInterval(timer)
  }
  timer.unref()
  observer.observe({ entryTypes: ['gc'] })
  const readLoop = () => {
    const { idle, active } = performance.eventLoopUtilization()
    return { loopIdleMs: idle, loopActiveMs: active }
  }
  return {
    readLoop,
    read() {
      askedAt = performance.now()
      const memory = memoryUsage()
      return {
        ...readLoop(), loopDelay: takeDelay(), gc, heapAfterMajorBytes,
        heapUsedBytes: memory.heapUsed, heapTotalBytes: memory.heapTotal, externalBytes: memory.external,
        arrayBuffersBytes: memory.arrayBuffers, rssBytes: memory.rss,
      }
    },
    async remove() {
      await null
      remove()
    },
  }`)}
//# sourceURL=${observerUrl}`

/** V8 puts the text in parentheses, so the last line must not be a comment. */
const call = (method: 'read' | 'readLoop' | 'remove'): string =>
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
      {
        expression: installScript,
        includeCommandLineAPI: true,
        awaitPromise: true,
        objectGroup: 'plimsoll',
        silent: true,
      },
      { timeoutMs },
    )
    if (exceptionDetails || result.objectId === undefined)
      throw attachFailed('it refused to run the observer')
    return new RuntimeProbe(client, result.objectId)
  }

  /** @throws PlimsollError ATTACH_FAILED */
  async read(timeoutMs: number): Promise<RuntimeTotals> {
    const totals = await this.#ask('read', timeoutMs)
    if (!isTotals(totals)) throw attachFailed('its observer gave no figures')
    return totals
  }

  /**
   * What `read` says of the event loop, without beginning a new stretch of loop delay.
   * @throws PlimsollError ATTACH_FAILED
   */
  async readLoop(timeoutMs: number): Promise<Pick<RuntimeTotals, 'loopIdleMs' | 'loopActiveMs'>> {
    const loop = await this.#ask('readLoop', timeoutMs)
    if (!isLoop(loop)) throw attachFailed('its observer gave no figures')
    return loop
  }

  /** Takes the observer out of the target. */
  async remove(timeoutMs: number): Promise<void> {
    await this.#ask('remove', timeoutMs)
    await this.#client.send('Runtime.releaseObjectGroup', { objectGroup: 'plimsoll' }, { timeoutMs })
  }

  async #ask(method: 'read' | 'readLoop' | 'remove', timeoutMs: number): Promise<unknown> {
    const { result, exceptionDetails } = await this.#client.send(
      'Runtime.callFunctionOn',
      {
        objectId: this.#objectId,
        functionDeclaration: call(method),
        // To await even a plain value takes a safe point.
        awaitPromise: method === 'remove',
        returnByValue: true,
        silent: true,
      },
      { timeoutMs },
    )
    if (exceptionDetails) throw attachFailed('its observer gave no figures')
    return result.value
  }
}

const loopFigures = ['loopIdleMs', 'loopActiveMs'] as const
const figures = [
  ...loopFigures,
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

const isLoop = (value: unknown): value is Pick<RuntimeTotals, (typeof loopFigures)[number]> =>
  hasFigures(value, loopFigures)

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null

const hasFigures = (value: unknown, names: readonly string[]): value is Readonly<Record<string, unknown>> =>
  isObject(value) && names.every((name) => Number.isFinite(value[name]))
