import { evaluateObjective } from '../analysis/objectives.js'
import { decideVerdict } from '../analysis/verdict.js'
import { RateShape } from '../load/rate-shape.js'
import type { LaterPhase } from '../load/windows.js'
import type { Histogram } from '../measurement/histogram.js'
import type { Censoring } from '../measurement/interval-delta.js'
import type { Timeline, WindowTotals } from '../measurement/timeline.js'
import { usesTls } from '../protocols/tls-endpoint.js'
import type { RunJson } from '../report/run-json.js'
import { connectionCount, type Evidence, errorsOf, runWideUnmatched } from './evidence.js'
import { floorJson, judge, workersJson } from './generator-json.js'
import { type MeasuredWindow, measuredWindow } from './measured-window.js'
import { metricJson } from './metric-json.js'
import { namedEvidence, namedJson, sessionMetric, sessionsJson } from './named-json.js'
import { profileJson } from './profile-json.js'
import type { TargetSession } from './target-session.js'
import { targetsJson } from './targets-json.js'

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
        ...namedEvidence(totals),
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
      ...(spokeTls(evidence) ? { tls: metricJson(timeline.connects.tls, none) } : {}),
      ...(plan.protocol === 'websocket' ? { handshake: metricJson(timeline.connects.handshake, none) } : {}),
      ...sessionMetric(totals),
      ...(histograms.ttfb.count > 0 ? { ttfb: metricJson(histograms.ttfb, none) } : {}),
    },
    ...namedJson(totals),
    ...(plan.sessions ? { sessions: sessionsJson(totals, timeline.sessionErrors) } : {}),
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
      ...(spokeTls(evidence) ? { tlsResumed: connectionCount(evidence, 'tlsResumed') } : {}),
      ...compressedCount(evidence),
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
    profile: profileJson(evidence),
    ...syscallsJson(evidence.target),
    diagnosis: [],
    settings: settingsJson(evidence),
  }
}

/** By the target's scheme, or by what sessions have opened. */
const spokeTls = ({ plan, timeline }: Evidence): boolean =>
  usesTls(new URL(plan.target)) || timeline.connects.tls.count > 0

/** By the plan, or by what sockets of sessions have asked for themselves. */
function compressedCount(evidence: Evidence): { compressed?: number } {
  const compressed = connectionCount(evidence, 'compressed')
  return evidence.plan.compression || compressed > 0 ? { compressed } : {}
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
    tls: evidenceOf(connects.tls),
    handshake: evidenceOf(connects.handshake),
  }
}

function clockJson({ originUs, originWall, startedAt }: Evidence): RunJson['clock'] {
  return {
    monotonicUs: Number.isNaN(originUs) ? 0 : originUs,
    wallTime: (originWall ?? startedAt).toISOString(),
  }
}

function loadJson(evidence: Evidence, window: MeasuredWindow): RunJson['load'] {
  const { plan, timeline, pool, established } = evidence
  const { measureFromUs } = timeline.windows
  const rules = pool.workers.map((worker) => worker.status?.replyRule).filter((rule) => rule !== undefined)
  const started = Number.isFinite(measureFromUs)
  return {
    model: plan.model,
    arrival: plan.model === 'open' ? plan.arrival : null,
    connections: plan.connections,
    ...(plan.sessions ? { sessions: { ...plan.sessions } } : {}),
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
    profiledSeconds: started ? laterSeconds(timeline, 'profiled') : 0,
    controlSeconds: started ? laterSeconds(timeline, 'control') : 0,
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

function syscallsJson({ syscalls }: TargetSession): Pick<RunJson, 'syscalls'> {
  if (syscalls === null) return {}
  return { syscalls: 'rows' in syscalls ? syscalls.rows.map((row) => ({ ...row })) : null }
}

function syscallSettings({ syscalls }: TargetSession): Record<string, string> {
  if (syscalls === null) return {}
  return 'problem' in syscalls ? { syscallsNote: syscalls.problem } : { syscallsBy: syscalls.by }
}

function laterSeconds({ windows }: Timeline, phase: LaterPhase): number {
  let fromUs = windows.measureToUs
  let sumUs = 0
  for (const window of windows.later ?? []) {
    if (window.phase === phase) sumUs += window.toUs - fromUs
    fromUs = window.toUs
  }
  return sumUs / 1e6
}

function settingsJson({ plan, target, aborted, timeline, targetGone }: Evidence): Record<string, unknown> {
  const { scenarioModule: _, command: __, ...settings } = plan
  return {
    ...settings,
    profileNote: target.profileNote,
    ...syscallSettings(target),
    abortedBy: aborted,
    targetGone,
    errorDetails: timeline.errorDetails,
  }
}
