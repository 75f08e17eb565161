import { type GeneratorJudgement, judgeGenerator } from '../analysis/generator-health.js'
import { evaluateObjective, type Objective, tightestLatencyObjectiveUs } from '../analysis/objectives.js'
import { decideVerdict } from '../analysis/verdict.js'
import { RateShape } from '../load/rate-shape.js'
import type { Histogram } from '../measurement/histogram.js'
import type { Censoring } from '../measurement/interval-delta.js'
import type { NoiseFloor } from '../measurement/noise-floor.js'
import { addCounts, type Timeline, type WindowTotals } from '../measurement/timeline.js'
import type { RunJson, TargetJson, WorkerJson } from '../report/run-json.js'
import type { ProcessWatch } from '../target/process-watch.js'
import { type MeasuredWindow, measuredWindow } from './measured-window.js'
import { metricJson } from './metric-json.js'
import type { Plan } from './plan.js'
import { profileJson } from './profile-json.js'
import type { TargetSession } from './target-session.js'
import type { WorkerPool } from './worker-pool.js'

/** All that a run has brought to light so far. */
export interface Evidence {
  readonly plan: Plan
  readonly objectives: readonly Objective[]
  readonly startedAt: Date
  readonly endedAt: Date
  readonly interrupted: boolean
  /** The objective that was surely lost and ended the run early. */
  readonly aborted: string | null
  /** Start of the load on CLOCK_MONOTONIC; NaN if it never started. */
  readonly originUs: number
  /** The wall time of that instant. */
  readonly originWall: Date | null
  readonly timeline: Timeline
  /** Of the steady state; null where nobody looked. */
  readonly established: boolean | null
  readonly pool: WorkerPool
  readonly watch: ProcessWatch
  readonly floor: NoiseFloor | null
  readonly target: TargetSession
  readonly targetGone: boolean
  readonly spinShare: number
  readonly eventLoopDelayP99Us: number
  readonly tool: RunJson['tool']
}

/** Puts the evidence of a run together as `run.json`. */
export function assembleRun(evidence: Evidence): RunJson {
  const { plan, timeline } = evidence
  const totals = timeline.totals('measured')
  const window = measuredWindow(evidence, totals)
  const errors = errorsOf(evidence, totals)
  const generator = judge(evidence, totals, window)
  const workers = workersJson(evidence, window)
  const floor = floorJson(evidence, window)
  const slo = evidence.objectives.map((objective) => ({
    ...evaluateObjective(objective, {
      metrics: {
        ...mapHistograms(totals),
        ...connectEvidence(timeline),
      },
      invalidReplies: totals.counts.invalid,
      messagesDue: totals.counts.due,
      connectionAttempts:
        connectionCount(evidence, 'connectionsOpened') + connectionCount(evidence, 'connectionsFailed'),
      errorsTotal: errors.total,
      achievedRate: window.achievedRate,
    }),
  }))
  const { histograms, censored, counts } = totals
  const none = { count: 0, minUs: Number.POSITIVE_INFINITY }
  return {
    schema: 'plimsoll.run/1',
    id: `${plan.name}-${evidence.startedAt.toISOString()}`,
    name: plan.name,
    command: plan.command,
    startedAt: evidence.startedAt.toISOString(),
    endedAt: evidence.endedAt.toISOString(),
    interrupted: evidence.interrupted,
    target: plan.target,
    protocol: plan.protocol,
    clock: clockJson(evidence),
    tool: evidence.tool,
    load: loadJson(evidence, window),
    verdict: decideVerdict({
      generatorVerdict: generator.verdict,
      exploratory: plan.explore,
      objectives: slo,
    }),
    slo,
    metrics: {
      response: metricJson(histograms.response, censored.response),
      service: metricJson(histograms.service, censored.service),
      wait: metricJson(histograms.wait, censored.wait),
      slip: metricJson(histograms.slip, none),
      connect: metricJson(timeline.connects.connect, none),
      tcp: metricJson(timeline.connects.tcp, none),
      ...(plan.protocol === 'websocket' ? { handshake: metricJson(timeline.connects.handshake, none) } : {}),
      ...(histograms.ttfb.count > 0 ? { ttfb: metricJson(histograms.ttfb, none) } : {}),
    },
    measures: {},
    groups: {},
    counters: {
      due: counts.due,
      sent: counts.sent,
      received: counts.received,
      unmatched: runWideUnmatched(evidence),
      pushed: counts.pushed,
      shed: counts.shed,
      bytesSent: counts.bytesSent,
      bytesReceived: counts.bytesReceived,
      connectionsOpened: connectionCount(evidence, 'connectionsOpened'),
      connectionsFailed: connectionCount(evidence, 'connectionsFailed'),
      connectionsLost: connectionCount(evidence, 'connectionsLost'),
      timeouts: counts.timeouts,
      errors,
    },
    generator: {
      verdict: generator.verdict,
      reasons: generator.reasons.map((reason) => ({ ...reason })),
      floor,
      workers,
    },
    targets: targetsJson(evidence, window),
    profile: profileJson(evidence, window),
    diagnosis: [],
    settings: settingsJson(evidence),
  }
}

/** Phases whose connection errors count: all up to the end of the measured window. */
const judgedPhases = ['warmup', 'measured'] as const

export function connectionCount(
  { timeline }: Pick<Evidence, 'timeline'>,
  name: 'connectionsOpened' | 'connectionsFailed' | 'connectionsLost',
): number {
  return judgedPhases.reduce((sum, phase) => sum + timeline.counts(phase).counts[name], 0)
}

function runWideUnmatched({ timeline }: Evidence): number {
  return (['warmup', 'measured', 'profiled', 'drain'] as const).reduce(
    (sum, phase) => sum + timeline.counts(phase).counts.unmatched,
    0,
  )
}

export function errorsOf(
  { timeline }: Pick<Evidence, 'timeline'>,
  totals: WindowTotals,
): { total: number; byKind: Record<string, number> } {
  const byKind: Record<string, number> = { ...totals.errorsByKind }
  for (const phase of judgedPhases) addCounts(byKind, timeline.counts(phase).connectionErrorsByKind)
  return { total: Object.values(byKind).reduce((sum, count) => sum + count, 0), byKind }
}

function mapHistograms(totals: WindowTotals) {
  const { response, service, wait, slip, ttfb } = totals.histograms
  const evidenceOf = (distribution: Histogram, { count, minUs }: Censoring) => ({
    distribution,
    censoredCount: count,
    minCensoredUs: count > 0 ? minUs : null,
  })
  const none = { count: 0, minUs: Number.POSITIVE_INFINITY }
  return {
    response: evidenceOf(response, totals.censored.response),
    service: evidenceOf(service, totals.censored.service),
    wait: evidenceOf(wait, totals.censored.wait),
    slip: evidenceOf(slip, none),
    ttfb: evidenceOf(ttfb, none),
  }
}

function connectEvidence({ connects }: Timeline) {
  const evidenceOf = (distribution: Histogram) => ({ distribution, censoredCount: 0, minCensoredUs: null })
  return {
    connect: evidenceOf(connects.connect),
    tcp: evidenceOf(connects.tcp),
    handshake: evidenceOf(connects.handshake),
  }
}

function judge(evidence: Evidence, totals: WindowTotals, window: MeasuredWindow): GeneratorJudgement {
  const { plan, pool, objectives } = evidence
  const workers = workersJson(evidence, window)
  const waits = workers.map((worker) => worker.runQueueWaitPercent ?? 0)
  const floor = window.floor
  return judgeGenerator({
    model: plan.model,
    offered: window.offered,
    dispatched: window.dispatched,
    slipP99Us: totals.histograms.slip.valueAtQuantile(0.99),
    tightestLatencyObjectiveUs: tightestLatencyObjectiveUs(objectives),
    responseP99Us: totals.histograms.response.valueAtQuantile(0.99),
    workersLost: pool.lost,
    floorP99Us: floor && floor.count > 0 ? floor.valueAtQuantile(0.99) : null,
    eventLoopDelayP99Us: evidence.eventLoopDelayP99Us,
    runQueueWaitShare: Math.max(0, ...waits) / 100,
    gcShare: Math.max(0, ...workers.map((worker) => worker.gcPercent)) / 100,
    cpuShare:
      workers.reduce((sum, worker) => sum + worker.cpuPercent, 0) / (100 * Math.max(1, workers.length)),
    unmatched: runWideUnmatched(evidence),
    otherSuspicions: suspicions(evidence, totals),
  })
}

function suspicions(
  { plan, pool, established, floor }: Evidence,
  { counts }: WindowTotals,
): Array<{ code: string; detail: string }> {
  const found: Array<{ code: string; detail: string }> = []
  if (plan.warmup.method === 'auto' && established === false) {
    found.push({
      code: 'steady-state-not-established',
      detail: `steady state not established within ${plan.warmup.capSeconds} s: the figures may still be drifting`,
    })
  }
  if (pool.workers.some((worker) => worker.status?.replyRuleChanged)) {
    found.push({
      code: 'reply-rule-changed',
      detail: 'replies were taken in order before an id turned up in them: give --reply json:PATH',
    })
  }
  const failure = pool.workers.map((worker) => worker.status?.replyFunctionFailure).find(Boolean)
  if (failure) {
    found.push({
      code: 'reply-function-threw',
      detail: `the scenario's reply function threw, and its messages went unanswered: ${failure}`,
    })
  } else if (counts.received + counts.invalid === 0 && counts.pushed > 0 && plan.reply !== 'none') {
    found.push({
      code: 'no-reply-matched',
      detail: `${counts.pushed.toLocaleString('en-US')} messages came in, but none answers a message that was sent: is --reply right?`,
    })
  }
  if (floor === null) {
    found.push({ code: 'no-noise-floor', detail: 'the noise floor of the machine could not be measured' })
  }
  return found
}

function clockJson({ originUs, originWall, startedAt }: Evidence): RunJson['clock'] {
  return {
    monotonicUs: Number.isNaN(originUs) ? 0 : originUs,
    wallTime: (originWall ?? startedAt).toISOString(),
  }
}

function loadJson(evidence: Evidence, window: MeasuredWindow): RunJson['load'] {
  const { plan, timeline, pool, established } = evidence
  const { measureFromUs, measureToUs, endUs } = timeline.windows
  const rules = pool.workers.map((worker) => worker.status?.replyRule).filter((rule) => rule !== undefined)
  const started = Number.isFinite(measureFromUs)
  return {
    model: plan.model,
    arrival: plan.model === 'open' ? plan.arrival : null,
    connections: plan.connections,
    offeredRate:
      plan.rate === null
        ? null
        : window.seconds > 0
          ? window.offered / window.seconds
          : new RateShape(plan.rate).finalRate,
    dispatchedRate: window.dispatchedRate,
    achievedRate: window.achievedRate,
    reply: [...new Set(rules)].join(', ') || plan.reply,
    warmup: {
      seconds: started ? measureFromUs / 1e6 : 0,
      method: plan.warmup.method === 'auto' ? 'auto' : plan.warmup.seconds > 0 ? 'fixed' : 'none',
      established,
    },
    measuredSeconds: window.seconds,
    profiledSeconds: started ? Math.max(0, (endUs - measureToUs) / 1e6) : 0,
    workers: plan.workers,
    seed: plan.seed,
    pacing:
      plan.model === 'closed'
        ? 'none'
        : evidence.spinShare >= 1
          ? 'spin'
          : evidence.spinShare > 0
            ? 'frugal'
            : 'sleep',
  }
}

function workersJson({ pool, watch, originUs }: Evidence, window: MeasuredWindow): WorkerJson[] {
  const elapsedMs = Number.isNaN(originUs) ? 0 : window.elapsedMs
  const percent = (ms: number | undefined): number => (elapsedMs > 0 ? ((ms ?? 0) / elapsedMs) * 100 : 0)
  return pool.workers.map((worker) => {
    const means = watch.watch(worker.pid).between(window.fromUs, window.toUs)
    return {
      index: worker.index,
      pid: worker.pid,
      alive: worker.alive,
      connections: worker.status?.openConnections ?? 0,
      cpuPercent: means.cpuPercent ?? 0,
      runQueueWaitPercent: means.runQueueWaitPercent,
      eventLoopDelayP99: (worker.status?.eventLoopDelayP99Us ?? 0) / 1_000,
      gcPercent: percent(worker.status?.gcMs),
      spinPercent: percent(worker.status?.spinMs),
      rssBytes: means.rssBytes ?? 0,
    }
  })
}

function floorJson({ floor }: Evidence, window: MeasuredWindow): RunJson['generator']['floor'] {
  if (!floor || !window.floor || window.floor.count === 0) return null
  const ms = (q: number): number => window.floor!.valueAtQuantile(q) / 1_000
  return { p50: ms(0.5), p99: ms(0.99), 'p99.9': ms(0.999) }
}

function targetsJson({ target, plan }: Evidence, window: MeasuredWindow): TargetJson[] {
  return target.processes.map(({ description, watched }) => {
    const means = watched.between(window.fromUs, window.toUs)
    const samples = target.runtime.filter(
      ({ fromUs, toUs }) => fromUs >= window.fromUs && toUs <= window.toUs,
    )
    const looped = samples.filter(({ eventLoopUtilization }) => eventLoopUtilization !== null)
    const spanMs = samples.reduce((sum, { fromUs, toUs }) => sum + (toUs - fromUs) / 1_000, 0)
    const node = description.kind === 'node' && samples.length > 0
    return {
      pid: description.pid,
      role: plan.targetCommand ? 'started by Plimsoll' : 'listens on the target port',
      kind: description.kind,
      command: description.command,
      cpuPercent: means.cpuPercent,
      runQueueWaitPercent: means.runQueueWaitPercent,
      rssBytes: means.rssBytes,
      threads: means.threads,
      descriptors: means.descriptors,
      eventLoopUtilization:
        node && looped.length > 0 ? mean(looped.map((sample) => sample.eventLoopUtilization!)) : null,
      heapUsedBytes: node ? samples.at(-1)!.heapUsedBytes : null,
      gcPercent:
        node && spanMs > 0 ? (samples.reduce((sum, { gcMs }) => sum + gcMs, 0) / spanMs) * 100 : null,
    }
  })
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length

function settingsJson({ plan, target, aborted, timeline, targetGone }: Evidence): Record<string, unknown> {
  const { scenarioModule: _, command: __, ...settings } = plan
  return {
    ...settings,
    profileNote: target.profileNote,
    abortedBy: aborted,
    targetGone,
    errorDetails: timeline.errorDetails,
  }
}
