import type { PageSecond } from '../../page-data.js'
import { box, moving, targetLine, track } from './target-lines.js'
import type { Track } from './track.js'

/** What a Node target says of itself: event loop, memory, garbage collection. */
export function runtimeTracks(timeline: readonly PageSecond[]): Track[] {
  return [loopTrack(timeline), delayTrack(timeline), memoryTrack(timeline), gcTrack(timeline)]
}

function loopTrack(timeline: readonly PageSecond[]): Track {
  const line = targetLine(timeline, 'eventLoopUtilization', 'ratio', {
    label: 'busy share',
    color: '--series-wait',
    widthPx: 2,
    fill: '--series-wait-fill',
  })
  return track('Target event loop', 'ratio', [line], { atLeast: 1 })
}

function delayTrack(timeline: readonly PageSecond[]): Track {
  return track('Event loop delay', 'ms', [
    targetLine(timeline, 'loopDelayP50Ms', 'ms', { label: 'p50', color: '--step-1' }),
    targetLine(timeline, 'loopDelayP99Ms', 'ms', { label: 'p99', color: '--step-2', take: 'highest' }),
    targetLine(timeline, 'loopDelayMaxMs', 'ms', { label: 'max', color: '--step-3', take: 'highest' }),
  ])
}

function memoryTrack(timeline: readonly PageSecond[]): Track {
  return track('Target memory', 'bytes', [
    targetLine(timeline, 'rssBytes', 'bytes', { label: 'resident', color: '--series-response', widthPx: 2 }),
    targetLine(timeline, 'heapUsedBytes', 'bytes', {
      label: 'heap used',
      color: '--series-wait',
      dash: [6, 4],
    }),
    targetLine(timeline, 'heapAfterMajorBytes', 'bytes', {
      label: 'heap after a major collection',
      color: '--kind-1',
      marks: true,
      take: 'last',
    }),
    targetLine(timeline, 'externalBytes', 'bytes', { label: 'external', color: '--kind-5', dash: [2, 3] }),
  ])
}

/** By kind where that is known, as it is not in runs of an older version. */
function gcTrack(timeline: readonly PageSecond[]): Track {
  const title = 'Target garbage collection, a second'
  const byKind = [
    targetLine(timeline, 'gcMajorMs', 'ms', box('major', '--kind-1')),
    targetLine(timeline, 'gcMinorMs', 'ms', box('minor', '--kind-2')),
    targetLine(timeline, 'gcIncrementalMs', 'ms', box('incremental', '--kind-3')),
    targetLine(timeline, 'gcWeakMs', 'ms', box('weak callbacks', '--kind-5')),
  ]
  const named = track(title, 'ms', moving(byKind), { shape: 'stack', zeroName: 'garbage collection' })
  if (named.lines.length > 0) return named
  return track(title, 'ms', [targetLine(timeline, 'gcMs', 'ms', box('pauses', '--series-slip'))], {
    shape: 'bars',
  })
}
