import { type GeneratorJudgement, judgeGenerator } from '../analysis/generator-health.js'
import { tightestLatencyObjectiveUs } from '../analysis/objectives.js'
import { formatMs } from '../kernel/units.js'
import type { WindowTotals } from '../measurement/timeline.js'
import type { RunJson, WorkerJson } from '../report/run-json.js'
import { type Evidence, runWideUnmatched } from './evidence.js'
import type { MeasuredWindow } from './measured-window.js'

/** Whether the generator did what it was asked. */
export function judge(evidence: Evidence, totals: WindowTotals, window: MeasuredWindow): GeneratorJudgement {
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
    lostBy: pool.workers
      .map(({ index, endedBy }) => (endedBy ? `worker ${index} by ${endedBy}` : ''))
      .filter(Boolean),
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

/** A worker that stood still for so long has spoilt the slowest messages of its connections, whatever p99 says. */
const standstillUs = 1e6

function suspicions(
  { plan, pool, established, floor, eventLoopDelayP99Us }: Evidence,
  { counts, histograms }: WindowTotals,
): Array<{ code: string; detail: string }> {
  const found: Array<{ code: string; detail: string }> = []
  const stoodStillUs = Math.max(histograms.slip.max, eventLoopDelayP99Us)
  if (stoodStillUs >= standstillUs) {
    found.push({
      code: 'standstill',
      detail: `a worker stood still for ${formatMs(stoodStillUs / 1_000)}: the slowest messages are the generator's doing`,
    })
  }
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

export function workersJson({ pool, watch, originUs }: Evidence, window: MeasuredWindow): WorkerJson[] {
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

export function floorJson({ floor }: Evidence, window: MeasuredWindow): RunJson['generator']['floor'] {
  if (!floor || !window.floor || window.floor.count === 0) return null
  const ms = (q: number): number => window.floor!.valueAtQuantile(q) / 1_000
  return { p50: ms(0.5), p99: ms(0.99), 'p99.9': ms(0.999) }
}
