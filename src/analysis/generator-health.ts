import { formatMs, formatNumber, formatShare } from '../kernel/units.js'

/** A doubt, as a fact with its evidence. */
export interface Reason {
  readonly code: string
  readonly detail: string
}

export interface GeneratorEvidence {
  readonly model: 'open' | 'closed'
  /** Messages that the plan asked for, and those that the generator was ready to send, in the measured window. */
  readonly offered: number
  readonly dispatched: number
  readonly slipP99Us: number
  readonly tightestLatencyObjectiveUs: number | null
  readonly responseP99Us: number
  readonly workersLost: number
  /** How they ended, such as `worker 1 by SIGKILL`. */
  readonly lostBy?: readonly string[]
  /** p99 of the machine's own round trips; null if not measured. */
  readonly floorP99Us: number | null
  readonly eventLoopDelayP99Us: number
  /** Of time, the worst worker. */
  readonly runQueueWaitShare: number
  readonly gcShare: number
  /** Of one core a worker. */
  readonly cpuShare: number
  readonly unmatched: number
  /** Doubts that others have raised: they make a run suspect. */
  readonly otherSuspicions: readonly Reason[]
}

export type GeneratorVerdict = 'valid' | 'suspect' | 'invalid'

export interface GeneratorJudgement {
  readonly verdict: GeneratorVerdict
  readonly reasons: readonly Reason[]
}

const leastDispatchedShare = 0.98
/** Slip above this share of the tightest objective spoils its verdict; so does noise of the machine. */
const shareOfObjective = 0.2
const leastSlipLimitUs = 1_000
/** Without an objective: this, or half of the response p99. */
const leastExploringSlipLimitUs = 5_000
/** A closed model that uses so much of a core was held back by the generator. */
const boundCpuShare = 0.9
/** Causes that are worth telling beside a slip. */
const noticeableShare = 0.05

/** The slip p99 beyond which a run is invalid, in µs. */
export function slipLimitUs(tightestObjectiveUs: number | null, responseP99Us: number): number {
  return tightestObjectiveUs === null
    ? Math.max(leastExploringSlipLimitUs, responseP99Us / 2)
    : Math.max(leastSlipLimitUs, shareOfObjective * tightestObjectiveUs)
}

/**
 * Judges whether the generator did what it was asked, by what is its own only: never by wait, service or achieved
 * rate, since a slow target is a result. `suspect` begins at half of what makes a run `invalid`.
 */
export function judgeGenerator(evidence: GeneratorEvidence): GeneratorJudgement {
  const invalid: Reason[] = []
  const suspect: Reason[] = [...evidence.otherSuspicions]
  if (evidence.workersLost > 0) {
    const lost = evidence.workersLost
    invalid.push({
      code: 'worker-lost',
      detail: `${lost} worker process${lost === 1 ? '' : 'es'} ended before the run did${describeEnds(evidence.lostBy ?? [])}`,
    })
  }
  if (evidence.model === 'open') judgeOpenModel(evidence, invalid, suspect)
  else if (evidence.cpuShare > boundCpuShare) {
    suspect.push({
      code: 'generator-bound',
      detail: `the generator used ${formatShare(evidence.cpuShare)} of its core: this throughput is the generator's, not the target's. Give it more cores (--workers), or a rate`,
    })
  }
  judgeFloor(evidence, suspect)
  if (evidence.unmatched > 0) {
    suspect.push({
      code: 'unmatched-messages',
      detail: `${formatNumber(evidence.unmatched)} messages of the target answered nothing, so replies taken in order may be wrong: give --reply json:PATH`,
    })
  }
  const verdict = invalid.length > 0 ? 'invalid' : suspect.length > 0 ? 'suspect' : 'valid'
  return { verdict, reasons: [...invalid, ...suspect] }
}

function describeEnds(lostBy: readonly string[]): string {
  if (lostBy.length === 0) return ''
  const memory = lostBy.some((end) => end.endsWith('SIGABRT'))
  return `: ${lostBy.join(', ')}${memory ? ' (as Node ends a process whose memory runs out)' : ''}`
}

function judgeOpenModel(evidence: GeneratorEvidence, invalid: Reason[], suspect: Reason[]): void {
  const share = evidence.offered > 0 ? evidence.dispatched / evidence.offered : 1
  const because = causes(evidence)
  if (share < 1 - (1 - leastDispatchedShare) / 2) {
    const reason = {
      code: 'not-dispatched',
      detail: `only ${formatShare(share)} of ${formatNumber(evidence.offered)} messages were dispatched${because}`,
    }
    if (share < leastDispatchedShare) invalid.push(reason)
    else suspect.push(reason)
  }
  const limitUs = slipLimitUs(evidence.tightestLatencyObjectiveUs, evidence.responseP99Us)
  if (evidence.slipP99Us > limitUs / 2) {
    const isInvalid = evidence.slipP99Us > limitUs
    const reason = {
      code: 'slip',
      detail: `messages were up to ${formatMs(evidence.slipP99Us / 1_000)} late at p99 by the generator's own fault; ${formatMs((isInvalid ? limitUs : limitUs / 2) / 1_000)} is the limit for a ${isInvalid ? 'valid' : 'trustworthy'} run${because}`,
    }
    if (isInvalid) invalid.push(reason)
    else suspect.push(reason)
  }
}

function causes(evidence: GeneratorEvidence): string {
  const found: string[] = []
  if (evidence.runQueueWaitShare > noticeableShare) {
    found.push(`its processes waited ${formatShare(evidence.runQueueWaitShare)} of the time for a core`)
  }
  if (evidence.cpuShare > boundCpuShare) found.push(`it used ${formatShare(evidence.cpuShare)} of its core`)
  if (evidence.gcShare > noticeableShare)
    found.push(`garbage collection took ${formatShare(evidence.gcShare)}`)
  if (found.length === 0 && evidence.eventLoopDelayP99Us > 1_000) {
    found.push(`its event loop was delayed by ${formatMs(evidence.eventLoopDelayP99Us / 1_000)} at p99`)
  }
  return found.length > 0 ? ` (${found.join('; ')})` : ''
}

function judgeFloor({ floorP99Us, tightestLatencyObjectiveUs }: GeneratorEvidence, suspect: Reason[]): void {
  if (floorP99Us === null || tightestLatencyObjectiveUs === null) return
  if (floorP99Us <= shareOfObjective * tightestLatencyObjectiveUs) return
  suspect.push({
    code: 'noise-floor',
    detail: `this machine alone adds ${formatMs(floorP99Us / 1_000)} at p99, over 20 % of the tightest objective (${formatMs(tightestLatencyObjectiveUs / 1_000)})`,
  })
}
