import type { TimelinePercentiles, TimelineSecond, TimelineTarget } from '../timeline-second.js'
import type { PageSecond } from './page-data.js'

/** A screen shows no more of them side by side, and an hour's seconds would make the page large. */
export const mostPoints = 1_200

/**
 * A time line that the page can draw: at most about `most` points, none of which straddles two phases. Where several
 * seconds become one point nothing that stands out is lost: counts add up, the achieved rate keeps its range, and
 * of everything else the worst second is kept.
 */
export function binTimeline(
  seconds: readonly TimelineSecond[],
  most = mostPoints,
): { points: PageSecond[]; secondsPerPoint: number } {
  const secondsPerPoint = Math.max(1, Math.ceil(seconds.length / most))
  const points: PageSecond[] = []
  let group: TimelineSecond[] = []
  const close = (): void => {
    if (group.length > 0) points.push(roundAll(group.length === 1 ? group[0]! : join(group)))
    group = []
  }
  for (const second of seconds) {
    if (group.length === secondsPerPoint || group[0]?.phase !== second.phase) close()
    group.push(second)
  }
  close()
  return { points, secondsPerPoint }
}

function join(group: readonly TimelineSecond[]): PageSecond {
  const first = group[0]!
  const last = group.at(-1)!
  const total = (read: (second: TimelineSecond) => number): number =>
    group.reduce((sum, second) => sum + (read(second) || 0), 0)
  const rates = group.filter(({ length }) => length > 0).map(({ arrived, length }) => arrived / length)
  return {
    at: first.at,
    length: last.at + last.length - first.at,
    phase: first.phase,
    due: total((second) => second.due),
    dispatched: total((second) => second.dispatched),
    sent: total((second) => second.sent),
    received: total((second) => second.received),
    arrived: total((second) => second.arrived),
    errors: total((second) => second.errors),
    errorsByKind: sumKinds(group),
    response: worst(group.map((second) => second.response)),
    service: worst(group.map((second) => second.service)),
    wait: worst(group.map((second) => second.wait)),
    slip: worst(group.map((second) => second.slip)),
    connections: Math.min(...group.map((second) => second.connections)),
    connectionsOpened: total((second) => second.connectionsOpened),
    connectionsFailed: total((second) => second.connectionsFailed),
    connectionsLost: total((second) => second.connectionsLost),
    target: worstTarget(group.map((second) => second.target).filter((target) => target !== null)),
    generator: {
      cpuPercent: Math.max(...group.map(({ generator }) => generator.cpuPercent)),
      runQueueWaitPercent: highest(group.map(({ generator }) => generator.runQueueWaitPercent)),
    },
    achievedRange: rates.length > 0 ? [Math.min(...rates), Math.max(...rates)] : [0, 0],
  }
}

function sumKinds(group: readonly TimelineSecond[]): Record<string, number> {
  const sums = new Map<string, number>()
  for (const { errorsByKind } of group) {
    for (const [kind, count] of Object.entries(errorsByKind)) sums.set(kind, (sums.get(kind) ?? 0) + count)
  }
  return Object.fromEntries(sums)
}

function worst(all: readonly TimelinePercentiles[]): TimelinePercentiles {
  const top = (read: (percentiles: TimelinePercentiles) => number): number => Math.max(...all.map(read))
  return {
    count: all.reduce((sum, { count }) => sum + count, 0),
    p50: top((percentiles) => percentiles.p50),
    p90: top((percentiles) => percentiles.p90),
    p99: top((percentiles) => percentiles.p99),
    'p99.9': top((percentiles) => percentiles['p99.9']),
    max: top((percentiles) => percentiles.max),
  }
}

function worstTarget(all: readonly TimelineTarget[]): TimelineTarget | null {
  const last = all.at(-1)
  if (!last) return null
  const pids = new Set(all.flatMap(({ processes }) => (processes ?? []).map(({ pid }) => pid)))
  const processes = [...pids].map((pid) => ({
    ...worstFigures(
      all.flatMap((target) => target.processes?.filter((process) => process.pid === pid) ?? []),
    ),
    pid,
  }))
  return {
    ...worstFigures(all.map(({ processes: _, ...figures }) => figures)),
    ...(processes.length > 0 ? { processes } : {}),
  }
}

/** The highest of each name that any of them has. */
function worstFigures<Figures extends object>(all: readonly Figures[]): Figures {
  const worst: Record<string, number | null> = {}
  for (const figures of all) {
    for (const [name, value] of Object.entries(figures) as [string, number | null][])
      worst[name] = highest([worst[name] ?? null, value])
  }
  return worst as Figures
}

function highest(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null)
  return known.length === 0 ? null : Math.max(...known)
}

/** Six digits are twice what the page shows, and half of what JSON would write. */
const roundAll = (second: PageSecond): PageSecond => rounded(second) as PageSecond

function rounded(value: unknown): unknown {
  if (typeof value === 'number') return Number.isInteger(value) ? value : Number(value.toPrecision(6))
  if (Array.isArray(value)) return value.map(rounded)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, rounded(part)]))
}
