import { formatBytes, formatMs, formatNumber } from '../../../../kernel/units.js'
import type { TargetJson } from '../../../run-json.js'
import type { PageData, PageSecond } from '../../page-data.js'
import { percent } from '../format.js'
import { type Track, type TrackLine, valuesOf } from './track.js'

type Target = NonNullable<PageSecond['target']>

/** CPU, event loop, memory and garbage collection of the target, as far as anybody could see them. */
export function targetTracks({ run, timeline }: PageData): Track[] {
  const line = (name: Exclude<keyof Target, 'processes'>, style: Omit<TrackLine, 'values'>): TrackLine => ({
    ...style,
    values: valuesOf(timeline, ({ target }) => target?.[name]),
  })
  const whole = (name: keyof TargetJson, format: (value: number) => string): string => {
    const known = run.targets.map((target) => target[name]).filter((value) => typeof value === 'number')
    return known.length === 0 ? '' : format(known.reduce((sum, value) => sum + value, 0))
  }
  const onCpu = line('cpuPercent', {
    label: 'on CPU',
    color: '--series-service',
    widthPx: 2,
    fill: '--series-service-fill',
    rest: whole('cpuPercent', percent),
  })
  const waiting = line('runQueueWaitPercent', {
    label: 'waiting for a core',
    color: '--series-slip',
    dash: [3, 3],
    rest: whole('runQueueWaitPercent', percent),
  })
  const loop = line('eventLoopUtilization', {
    label: 'busy share',
    color: '--series-wait',
    widthPx: 2,
    fill: '--series-wait-fill',
    rest: whole('eventLoopUtilization', formatNumber),
  })
  const resident = line('rssBytes', {
    label: 'resident',
    color: '--series-response',
    widthPx: 2,
    rest: whole('rssBytes', formatBytes),
  })
  const heap = line('heapUsedBytes', {
    label: 'heap used',
    color: '--series-wait',
    dash: [6, 4],
    rest: whole('heapUsedBytes', formatBytes),
  })
  const collecting = line('gcMs', {
    label: 'pauses a second',
    color: '--series-slip',
    fill: '--series-slip',
    widthPx: 0,
    box: true,
    rest: whole('gcPercent', (share) => formatMs(share * 10)),
  })
  return [
    track('Target CPU, of one core', 'percent', [onCpu, waiting], 100),
    track('Target event loop', 'ratio', [loop], 1),
    track('Target memory', 'bytes', [resident, heap]),
    { ...track('Target garbage collection', 'ms', [collecting]), shape: 'bars' },
  ]
}

function track(title: string, unit: Track['unit'], lines: readonly TrackLine[], atLeast?: number): Track {
  const known = lines.filter((line) => line.values.some((value) => value !== null))
  return { title, unit, log: false, quiet: null, lines: known, ...(atLeast === undefined ? {} : { atLeast }) }
}

export function generatorTrack({ run, timeline }: PageData): Track {
  const { workers } = run.generator
  const sum = (read: (worker: (typeof workers)[number]) => number | null): string =>
    workers.length === 0 ? '' : percent(workers.reduce((total, worker) => total + (read(worker) ?? 0), 0))
  const onCpu: TrackLine = {
    label: 'on CPU',
    color: '--ink-soft',
    widthPx: 2,
    rest: sum((worker) => worker.cpuPercent),
    values: valuesOf(timeline, ({ generator }) => generator.cpuPercent),
  }
  const waiting: TrackLine = {
    label: 'waiting for a core',
    color: '--series-slip',
    dash: [3, 3],
    rest: sum((worker) => worker.runQueueWaitPercent),
    values: valuesOf(timeline, ({ generator }) => generator.runQueueWaitPercent),
  }
  return track('Generator CPU, of one core', 'percent', [onCpu, waiting], 100)
}
