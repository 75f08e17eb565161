import type { TimelineFigures, TimelineProcess } from '../../../timeline-second.js'
import type { PageData, PageSecond } from '../../page-data.js'
import { percent } from '../format.js'
import { kernelTracks } from './kernel-tracks.js'
import { runtimeTracks } from './runtime-tracks.js'
import { box, foldZeros, lineOf, moving, targetLine, track } from './target-lines.js'
import { type Track, type TrackLine, type TrackUnit, valuesOf } from './track.js'

/** Processes that get a line of their own; the rest share one. */
const mostProcesses = 5

/** The target as far as anybody could see it: its cores first, then what it waits for, then its runtime. */
export function targetTracks({ timeline }: PageData): Track[] {
  return foldZeros([
    cpuTrack(timeline),
    threadTrack(timeline),
    ...processTracks(timeline),
    ...runtimeTracks(timeline),
    ...kernelTracks(timeline),
  ])
}

function cpuTrack(timeline: readonly PageSecond[]): Track {
  const onCpu = targetLine(timeline, 'cpuPercent', 'percent', {
    label: 'on CPU',
    color: '--series-service',
    widthPx: 2,
    fill: '--series-service-fill',
  })
  const waiting = targetLine(timeline, 'runQueueWaitPercent', 'percent', {
    label: 'waiting for a core',
    color: '--series-slip',
    dash: [3, 3],
  })
  return track('Target CPU, of one core', 'percent', [onCpu, waiting], { atLeast: 100 })
}

/** Left out where only the main thread works: the track of the CPU says the same. */
function threadTrack(timeline: readonly PageSecond[]): Track {
  const line = (name: keyof TimelineFigures, label: string, color: string): TrackLine =>
    targetLine(timeline, name, 'percent', box(label, color))
  const main = line('cpuMainPercent', 'main thread', '--kind-1')
  const others = moving([
    line('cpuWorkerPercent', 'worker threads', '--kind-2'),
    line('cpuV8Percent', 'V8 helpers (compiler, collector)', '--kind-4'),
    line('cpuPoolPercent', 'thread pool', '--kind-5'),
    line('cpuOtherPercent', 'other threads', '--kind-6'),
  ]).filter(isWorthALine)
  return track('Target threads, of one core', 'percent', others.length > 0 ? [main, ...others] : [], {
    shape: 'stack',
  })
}

/** Half a hundredth of a core in no second is nothing that a chart could show. */
const isWorthALine = ({ values }: TrackLine): boolean =>
  values.some((value) => value !== null && value >= 0.5)

/** Each process by itself, where there are several: the busiest by name. */
function processTracks(timeline: readonly PageSecond[]): Track[] {
  const busy = new Map<number, number>()
  for (const { target } of timeline) {
    for (const { pid, cpuPercent } of target?.processes ?? [])
      busy.set(pid, (busy.get(pid) ?? 0) + (cpuPercent ?? 0))
  }
  if (busy.size < 2) return []
  const ranked = [...busy].sort((a, b) => b[1] - a[1]).map(([pid]) => pid)
  const named = ranked.length > mostProcesses + 1 ? ranked.slice(0, mostProcesses) : ranked
  const rest = ranked.filter((pid) => !named.includes(pid))
  const groups = [
    ...named.map((pid) => ({ label: `pid ${pid}`, pids: [pid] })),
    ...(rest.length > 0 ? [{ label: `${rest.length} others`, pids: rest }] : []),
  ]
  const lines = (name: keyof TimelineProcess, unit: TrackUnit): TrackLine[] =>
    groups.map(({ label, pids }, i) =>
      lineOf(timeline, sumOf(timeline, name, pids), unit, { label, color: `--kind-${i + 1}` }),
    )
  return [
    track('Processes of the target, CPU of one core', 'percent', lines('cpuPercent', 'percent')),
    track('Processes of the target, resident memory', 'bytes', lines('rssBytes', 'bytes')),
  ]
}

const sumOf = (timeline: readonly PageSecond[], name: keyof TimelineProcess, pids: readonly number[]) =>
  valuesOf(timeline, ({ target }) => {
    const known = (target?.processes ?? [])
      .filter(({ pid }) => pids.includes(pid))
      .map((process) => process[name])
      .filter((value) => value !== null)
    return known.length > 0 ? known.reduce((sum, value) => sum + value, 0) : null
  })

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
  return track('Generator CPU, of one core', 'percent', [onCpu, waiting], { atLeast: 100 })
}
