import type picocolors from 'picocolors'
import { formatMs, formatNumber, formatRate } from '../../kernel/units.js'
import { sparkline } from './sparkline.js'
import { clip, columnsOf, padEnd } from './text-layout.js'

export type ProgressPhase =
  | 'connecting'
  | 'warmup'
  | 'measured'
  | 'control'
  | 'settling'
  | 'profiled'
  | 'draining'

/** Where a run stands. Times in seconds unless named otherwise, from a monotonic clock. */
export interface ProgressSnapshot {
  /** Since the command began; decides when a pipe gets its next line. */
  readonly atSeconds: number
  readonly phase: ProgressPhase
  readonly phaseElapsedSeconds: number
  /** Length of the phase; `null` where nobody knows it (connecting, draining, an automatic warm-up). */
  readonly phaseSeconds: number | null
  /** True where users run sessions: offered and dispatched rate are of their arrivals. */
  readonly sessions: boolean
  /** Of the last seconds; `null` in the closed model. */
  readonly offeredRate: number | null
  readonly dispatchedRate: number
  readonly achievedRate: number
  /** Response time of the last seconds; `null` without replies. */
  readonly p50Ms: number | null
  readonly p99Ms: number | null
  readonly p999Ms: number | null
  /** p99 of the seconds before, one after the other, the last one the latest; `null` for one without replies. */
  readonly p99History: ReadonlyArray<number | null>
  readonly errors: number
  readonly openConnections: number
  /** How many there are to be; `null` where sessions open them. */
  readonly connections: number | null
  /** Of one core, over the last seconds; `null` where the target is not watched. */
  readonly targetCpuPercent: number | null
}

type Paint = ReturnType<typeof picocolors.createColors>

const phaseNames: Readonly<Record<ProgressPhase, string>> = {
  connecting: 'Connecting',
  warmup: 'Warming up',
  measured: 'Measuring',
  control: 'Comparing',
  settling: 'Comparing',
  profiled: 'Profiling',
  draining: 'Draining',
}
const barColumns = 20
const labelColumns = 11
const sparkColumns = 40

/** What a terminal shows while a run goes on: lines of at most `room` columns, colours aside. */
export function progressLines(snapshot: ProgressSnapshot, room: number, paint: Paint): string[] {
  const rows: Array<readonly [label: string, text: string]> = [
    [phaseNames[snapshot.phase], phaseText(snapshot, room - labelColumns)],
  ]
  if (snapshot.phase !== 'connecting') {
    rows.push(['Response', latencyText(snapshot)])
    const spark = sparkText(snapshot, room - labelColumns)
    if (spark !== '') rows.push(['p99', spark])
    rows.push(['Rate', ratesText(snapshot)])
  }
  rows.push(['Errors', errorsText(snapshot.errors)], ['Target', targetText(snapshot)])
  return rows.map(([label, text], at) => {
    const name = padEnd(label, labelColumns)
    const body = clip(text, Math.max(0, room - labelColumns))
    const alarm = label === 'Errors' && snapshot.errors > 0
    return `${at === 0 ? paint.bold(name) : paint.dim(name)}${alarm ? paint.yellow(body) : body}`
  })
}

/** The same on one line, for pipes and logs. */
export function progressLine(snapshot: ProgressSnapshot): string {
  const parts =
    snapshot.phase === 'connecting'
      ? [errorsText(snapshot.errors), connectionsText(snapshot)]
      : [
          ratesText(snapshot),
          latencyText(snapshot),
          errorsText(snapshot.errors),
          ...(snapshot.targetCpuPercent === null ? [] : [`target ${cpuText(snapshot.targetCpuPercent)}`]),
          connectionsText(snapshot),
        ]
  return `${phaseNames[snapshot.phase]} ${timeText(snapshot)}: ${parts.join(' · ')}`
}

function phaseText(snapshot: ProgressSnapshot, room: number): string {
  const time = timeText(snapshot)
  const bar = barText(snapshot)
  return bar !== '' && columnsOf(bar) + 1 + columnsOf(time) <= room ? `${bar} ${time}` : time
}

function timeText({ phaseElapsedSeconds, phaseSeconds }: ProgressSnapshot): string {
  const elapsed = wholeSeconds(phaseElapsedSeconds)
  if (phaseSeconds === null) return elapsed
  return `${elapsed} of ${wholeSeconds(phaseSeconds)}, ${wholeSeconds(Math.max(0, phaseSeconds - phaseElapsedSeconds))} left`
}

const wholeSeconds = (seconds: number): string =>
  seconds < 120 ? `${Math.round(seconds)} s` : formatMs(seconds * 1_000)

function barText({ phaseElapsedSeconds, phaseSeconds }: ProgressSnapshot): string {
  if (phaseSeconds === null || phaseSeconds <= 0) return ''
  const share = Math.min(1, Math.max(0, phaseElapsedSeconds / phaseSeconds))
  const full = Math.round(share * barColumns)
  return '━'.repeat(full) + '╌'.repeat(barColumns - full)
}

function latencyText({ p50Ms, p99Ms, p999Ms }: ProgressSnapshot): string {
  if (p50Ms === null || p99Ms === null || p999Ms === null) return 'no replies yet'
  return `p50 ${formatMs(p50Ms)} · p99 ${formatMs(p99Ms)} · p99.9 ${formatMs(p999Ms)}`
}

/** The line, and the range that it covers; nothing until there are two seconds to compare. */
function sparkText({ p99History }: ProgressSnapshot, room: number): string {
  const known = p99History.filter((value) => value !== null)
  if (known.length < 2) return ''
  const recent = p99History.slice(-sparkColumns)
  const values = recent.filter((value) => value !== null)
  const range = ` ${formatMs(Math.min(...values))} to ${formatMs(Math.max(...values))} in ${recent.length} s`
  const columns = room - columnsOf(range)
  return columns >= 5 ? `${sparkline(recent, Math.min(sparkColumns, columns))}${range}` : ''
}

function ratesText({ sessions, offeredRate, dispatchedRate, achievedRate }: ProgressSnapshot): string {
  const offered = offeredRate === null ? '' : `offered ${formatRate(offeredRate)} · `
  const dispatched = `${offered}${sessions ? 'begun' : 'dispatched'} ${formatRate(dispatchedRate)}`
  return sessions
    ? `sessions ${dispatched} · replies ${formatRate(achievedRate)}`
    : `${dispatched} · achieved ${formatRate(achievedRate)}`
}

const errorsText = (errors: number): string =>
  errors === 1 ? '1 error' : `${errors === 0 ? 'no' : formatNumber(errors)} errors`

function connectionsText({ openConnections, connections }: ProgressSnapshot): string {
  const of = connections === null ? '' : ` of ${formatNumber(connections)}`
  return `${formatNumber(openConnections)}${of} connections`
}

const cpuText = (percent: number): string => `CPU ${formatNumber(percent)} %`

function targetText(snapshot: ProgressSnapshot): string {
  const connections = connectionsText(snapshot)
  const { targetCpuPercent } = snapshot
  return targetCpuPercent === null ? connections : `${cpuText(targetCpuPercent)} of a core · ${connections}`
}
