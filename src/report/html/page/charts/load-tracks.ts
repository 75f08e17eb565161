import { formatRate } from '../../../../kernel/units.js'
import { formatStatistic, type Statistic } from '../../../quantities.js'
import type { PageData, PageSecond } from '../../page-data.js'
import { counted, exact } from '../format.js'
import { ratesOf, type Track, type TrackLine, valuesOf } from './track.js'

/** Kinds of errors that get a colour of their own; the rest share one. */
const mostKinds = 5
export const otherKinds = 'other kinds'

export function responseTrack({ run, timeline }: PageData): Track {
  const { response } = run.metrics
  const line = (statistic: Statistic & keyof PageSecond['response'], color: string): TrackLine => ({
    label: statistic,
    color,
    widthPx: statistic === 'p99' ? 2 : 1.5,
    rest: response ? formatStatistic(response, statistic) : '',
    values: valuesOf(timeline, (second) => (second.response.count > 0 ? second.response[statistic] : null)),
  })
  const tightest = run.slo
    .filter(({ unit, metric, limit }) => unit === 'ms' && metric === 'response' && limit > 0)
    .sort((a, b) => a.limit - b.limit)[0]
  return {
    title: 'Response time',
    unit: 'ms',
    log: true,
    quiet: null,
    lines: [line('p50', '--step-1'), line('p99', '--step-2'), line('p99.9', '--step-3')],
    ...(tightest ? { limit: { ms: tightest.limit, text: tightest.expression } } : {}),
  }
}

/** Offered, dispatched and achieved; of sessions only the last, since the first two are of their arrivals. */
export function rateTrack({ run, timeline, secondsPerPoint }: PageData): Track {
  const { load } = run
  const line = (style: Omit<TrackLine, 'values'>, read: (second: PageSecond) => number): TrackLine => ({
    ...style,
    values: ratesOf(timeline, read),
  })
  const achieved = line(
    {
      label: 'achieved',
      color: '--series-response',
      widthPx: 2,
      ...(secondsPerPoint > 1 ? {} : { fill: '--series-response-fill' }),
      rest: formatRate(load.achievedRate),
    },
    (second) => second.arrived,
  )
  const dispatched = line(
    {
      label: 'dispatched',
      color: '--series-service',
      dash: [2, 3],
      rest: formatRate(load.dispatchedRate),
    },
    (second) => second.dispatched ?? second.slip.count,
  )
  const offered = line(
    {
      label: 'offered',
      color: '--ink-soft',
      dash: [5, 4],
      rest: load.offeredRate === null ? '' : formatRate(load.offeredRate),
    },
    (second) => second.due,
  )
  const scheduled = load.model === 'open' && load.sessions === undefined
  return {
    title: 'Rate',
    unit: '/s',
    log: false,
    quiet: null,
    lines: scheduled ? [achieved, dispatched, offered] : [achieved],
    ...(secondsPerPoint > 1
      ? {
          band: {
            low: valuesOf(timeline, ({ achievedRange }) => achievedRange?.[0]),
            high: valuesOf(timeline, ({ achievedRange }) => achievedRange?.[1]),
            fill: '--series-response-band',
          },
        }
      : {}),
  }
}

/** The most frequent kinds first; they are stacked from the last up. */
export function errorTrack({ run, timeline }: PageData): Track {
  const totals = new Map<string, number>()
  for (const { errorsByKind } of timeline) {
    for (const [kind, count] of Object.entries(errorsByKind))
      totals.set(kind, (totals.get(kind) ?? 0) + count)
  }
  const ranked = [...totals].sort((a, b) => b[1] - a[1]).map(([kind]) => kind)
  const named = ranked.length > mostKinds + 1 ? ranked.slice(0, mostKinds) : ranked
  const known = new Map(Object.entries(run.counters.errors.byKind))
  const line = (label: string, index: number, kinds: readonly string[]): TrackLine => {
    const sum = (counts: ReadonlyMap<string, number>): number =>
      kinds.reduce((total, kind) => total + (counts.get(kind) ?? 0), 0)
    return {
      label,
      color: `--kind-${index + 1}`,
      fill: `--kind-${index + 1}`,
      widthPx: 0,
      box: true,
      rest: exact(sum(known)),
      values: ratesOf(timeline, (second) => sum(new Map(Object.entries(second.errorsByKind)))),
    }
  }
  const lines = named.map((kind, i) => line(kind, i, [kind]))
  if (named.length < ranked.length) lines.push(line(otherKinds, mostKinds, ranked.slice(mostKinds)))
  return {
    title: 'Errors by kind',
    unit: '/s',
    log: false,
    quiet: lines.length === 0 ? 'none in any second' : null,
    shape: 'stack',
    lines,
  }
}

export function connectionTrack({ timeline }: PageData): Track {
  const open = timeline.map((second) => second.connections)
  const lost = timeline.reduce((sum, second) => sum + (second.connectionsLost ?? 0), 0)
  const failed = timeline.reduce((sum, second) => sum + (second.connectionsFailed ?? 0), 0)
  const steady = new Set(open).size === 1 && lost === 0 && failed === 0
  const turnover = (
    label: string,
    color: string,
    total: number,
    read: (second: PageSecond) => number,
  ): TrackLine[] =>
    total > 0 ? [{ label, color, dash: [2, 3], rest: exact(total), values: valuesOf(timeline, read) }] : []
  return {
    title: 'Connections',
    unit: 'count',
    log: false,
    quiet: steady ? `${counted(open[0]!, 'open', 'open')} throughout, none failed or lost` : null,
    lines: [
      {
        label: 'open',
        color: '--series-wait',
        widthPx: 2,
        rest: exact(open.at(-1) ?? 0),
        values: valuesOf(timeline, (second) => second.connections),
      },
      ...turnover('failed', '--kind-2', failed, (second) => second.connectionsFailed),
      ...turnover('lost', '--fail', lost, (second) => second.connectionsLost),
    ],
  }
}
