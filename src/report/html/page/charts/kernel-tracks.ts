import type { PageSecond } from '../../page-data.js'
import { box, moving, targetLine, track } from './target-lines.js'
import type { Track } from './track.js'

/** What the kernel counts for the target: switches, queues, lost segments, its quota and its storage. */
export function kernelTracks(timeline: readonly PageSecond[]): Track[] {
  return [
    switchTrack(timeline),
    queueTrack(timeline),
    networkTrack(timeline),
    bufferTrack(timeline),
    throttleTrack(timeline),
    storageTrack(timeline),
  ]
}

function switchTrack(timeline: readonly PageSecond[]): Track {
  return track('Target context switches', '/s', [
    targetLine(timeline, 'voluntarySwitchesPerSecond', '/s', {
      label: 'to wait',
      color: '--series-wait',
      widthPx: 2,
    }),
    targetLine(timeline, 'involuntarySwitchesPerSecond', '/s', {
      label: 'core taken away',
      color: '--kind-1',
      dash: [6, 4],
    }),
  ])
}

function queueTrack(timeline: readonly PageSecond[]): Track {
  const line = targetLine(timeline, 'listenQueue', 'count', {
    label: 'waiting to be accepted, most',
    color: '--series-response',
    widthPx: 2,
    spanGaps: true,
    take: 'highest',
  })
  return track('Listen queue', 'count', [line], { zeroName: 'listen queue' })
}

/** Of the whole network namespace: on one host the generator's own traffic is among it. */
function networkTrack(timeline: readonly PageSecond[]): Track {
  const lines = [
    targetLine(timeline, 'listenOverflowsPerSecond', '/s', box('accept queue overflows', '--kind-1')),
    targetLine(timeline, 'synCookiesPerSecond', '/s', box('SYN cookies', '--kind-3')),
    targetLine(timeline, 'retransmitsPerSecond', '/s', box('segments sent again', '--kind-2')),
  ]
  return track('Network namespace', '/s', moving(lines), {
    shape: 'stack',
    zeroName: 'accept queue overflows, SYN cookies, retransmissions',
  })
}

function bufferTrack(timeline: readonly PageSecond[]): Track {
  const lines = [
    targetLine(timeline, 'receiveQueueBytes', 'bytes', {
      label: 'not yet read by the target',
      color: '--series-service',
      widthPx: 2,
      spanGaps: true,
      take: 'highest',
    }),
    targetLine(timeline, 'sendQueueBytes', 'bytes', {
      label: 'not yet acknowledged',
      color: '--series-response',
      dash: [6, 4],
      spanGaps: true,
      take: 'highest',
    }),
  ]
  return track('Socket buffers of the target', 'bytes', lines, { zeroName: 'socket buffers' })
}

function throttleTrack(timeline: readonly PageSecond[]): Track {
  const line = targetLine(timeline, 'throttledMsPerSecond', 'ms', box('throttled a second', '--kind-1'))
  return track('CPU quota of the target', 'ms', [line], {
    shape: 'bars',
    zeroName: 'throttling by the CPU quota',
  })
}

function storageTrack(timeline: readonly PageSecond[]): Track {
  const lines = [
    targetLine(timeline, 'storageReadBytesPerSecond', 'bytes', box('read a second', '--kind-2')),
    targetLine(timeline, 'storageWrittenBytesPerSecond', 'bytes', box('written a second', '--kind-4')),
  ]
  return track('Target storage', 'bytes', moving(lines), { shape: 'stack', zeroName: 'storage' })
}
