import type { TimelineSecond } from '../../../run-json.js'
import type { LineStyle } from './readout.js'

/** One of the small multiples: its lines over the seconds of the run, and how to print a value. */
export interface Track {
  readonly title: string
  readonly unit: 'ms' | '/s' | 'percent' | 'ratio' | 'count' | 'bytes'
  readonly log: boolean
  readonly lines: readonly (LineStyle & { readonly values: readonly (number | null)[] })[]
  /** Shown instead of a chart where there is nothing to plot. */
  readonly quiet: string | null
  /** Smallest top of the value axis. */
  readonly atLeast?: number
  /** A bar for each second instead of a line: for what happens, not for what is. */
  readonly bars?: boolean
}

type Read = (second: TimelineSecond) => number | null | undefined

/** The tracks that this run has data for, from what users feel down to the generator. */
export function timelineTracks(timeline: readonly TimelineSecond[], offers: boolean): Track[] {
  const values = (read: Read): (number | null)[] =>
    timeline.map((second) => {
      const value = read(second)
      return value === null || value === undefined || !Number.isFinite(value) ? null : value
    })
  const perSecond = (read: (second: TimelineSecond) => number): (number | null)[] =>
    values((second) => (second.length > 0 ? read(second) / second.length : null))
  const tracks: Track[] = [
    responseTrack(values),
    rateTrack(perSecond, offers),
    errorTrack(timeline, perSecond),
    connectionTrack(timeline, values),
    ...targetTracks(values),
    generatorTrack(values),
  ]
  return tracks.filter((track) => track.quiet !== null || track.lines.length > 0)
}

type Values = (read: Read) => (number | null)[]
type PerSecond = (read: (second: TimelineSecond) => number) => (number | null)[]

function responseTrack(values: Values): Track {
  const felt = (read: (second: TimelineSecond) => number) =>
    values((second) => (second.response.count > 0 ? read(second) : null))
  return {
    title: 'Response time',
    unit: 'ms',
    log: true,
    quiet: null,
    lines: [
      { label: 'p50', color: '--step-1', values: felt((second) => second.response.p50) },
      { label: 'p99', color: '--step-2', values: felt((second) => second.response.p99), widthPx: 2 },
      { label: 'p99.9', color: '--step-3', values: felt((second) => second.response['p99.9']) },
    ],
  }
}

function rateTrack(perSecond: PerSecond, offers: boolean): Track {
  const offered = {
    label: 'offered',
    color: '--ink-soft',
    dash: [5, 4],
    values: perSecond((second) => second.due),
  }
  const achieved = {
    label: 'achieved',
    color: '--series-response',
    widthPx: 2,
    fill: '--series-response-fill',
    values: perSecond((second) => second.arrived),
  }
  return {
    title: 'Rate',
    unit: '/s',
    log: false,
    quiet: null,
    lines: offers ? [achieved, offered] : [achieved],
  }
}

function errorTrack(timeline: readonly TimelineSecond[], perSecond: PerSecond): Track {
  const any = timeline.some((second) => second.errors > 0)
  return {
    title: 'Errors',
    unit: '/s',
    log: false,
    quiet: any ? null : 'none in any second',
    bars: true,
    lines: any
      ? [
          {
            label: 'errors',
            color: '--fail',
            widthPx: 0,
            fill: '--fail',
            values: perSecond((second) => second.errors),
          },
        ]
      : [],
  }
}

function connectionTrack(timeline: readonly TimelineSecond[], values: Values): Track {
  const counts = new Set(timeline.map((second) => second.connections))
  const constant = counts.size === 1 ? `${[...counts][0]!.toLocaleString('en-US')} throughout` : null
  return {
    title: 'Connections',
    unit: 'count',
    log: false,
    quiet: constant,
    lines:
      constant === null
        ? [{ label: 'open', color: '--series-wait', values: values((second) => second.connections) }]
        : [],
  }
}

function targetTracks(values: Values): Track[] {
  const track = (title: string, unit: Track['unit'], lines: Track['lines'], atLeast?: number): Track => ({
    title,
    unit,
    log: false,
    quiet: null,
    lines: lines.filter((line) => line.values.some((value) => value !== null)),
    ...(atLeast === undefined ? {} : { atLeast }),
  })
  return [
    track(
      'Target CPU, of one core',
      'percent',
      [
        {
          label: 'on CPU',
          color: '--series-service',
          widthPx: 2,
          values: values((s) => s.target?.cpuPercent),
        },
        {
          label: 'waiting for a core',
          color: '--series-slip',
          dash: [3, 3],
          values: values((s) => s.target?.runQueueWaitPercent),
        },
      ],
      100,
    ),
    track(
      'Target event-loop utilization',
      'ratio',
      [
        {
          label: 'utilization',
          color: '--series-wait',
          widthPx: 2,
          values: values((s) => s.target?.eventLoopUtilization),
        },
      ],
      1,
    ),
    track('Target memory', 'bytes', [
      {
        label: 'resident',
        color: '--series-response',
        widthPx: 2,
        values: values((s) => s.target?.rssBytes),
      },
      {
        label: 'heap used',
        color: '--series-wait',
        dash: [6, 4],
        values: values((s) => s.target?.heapUsedBytes),
      },
    ]),
    {
      ...track('Target garbage collection, a second', 'ms', [
        {
          label: 'GC',
          color: '--series-slip',
          widthPx: 0,
          values: values((s) => s.target?.gcMs),
          fill: '--series-slip',
        },
      ]),
      bars: true,
    },
  ]
}

function generatorTrack(values: Values): Track {
  const waiting = values((second) => second.generator.runQueueWaitPercent)
  const lines: Track['lines'] = [
    {
      label: 'on CPU',
      color: '--ink-soft',
      widthPx: 2,
      values: values((second) => second.generator.cpuPercent),
    },
    ...(waiting.some((value) => value !== null)
      ? [{ label: 'waiting for a core', color: '--series-slip', dash: [3, 3], values: waiting }]
      : []),
  ]
  return {
    title: 'Generator CPU, of one core',
    unit: 'percent',
    log: false,
    quiet: null,
    lines,
    atLeast: 100,
  }
}
