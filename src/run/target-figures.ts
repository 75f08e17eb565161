import type { Microseconds } from '../kernel/units.js'
import type { gcKinds } from '../profiling/runtime-sample.js'
import type { TimelineFigures, TimelineProcess } from '../report/timeline-second.js'
import type { threadRoles } from '../target/thread-roles.js'
import type { TimedRuntimeSample } from './node-observer.js'
import type { ObservedProcess } from './target-session.js'

/** A stretch of time on CLOCK_MONOTONIC. */
export interface Stretch {
  readonly fromUs: Microseconds
  readonly toUs: Microseconds
}

/** What the kernel saw of a target’s processes together. What they share, such as a namespace, counts once. */
export function kernelFigures(processes: readonly ObservedProcess[], { fromUs, toUs }: Stretch) {
  const watched = processes.map((process) => process.watched)
  const means = watched.map((process) => process.between(fromUs, toUs))
  const details = watched.map((process) => process.details(fromUs, toUs))
  const threads = watched.flatMap((process) => process.threads(fromUs, toUs))
  const networks = [...new Set(watched.map(({ network }) => network))].map((network) =>
    network.between(fromUs, toUs),
  )
  const cgroups = [...new Set(watched.map(({ cgroup }) => cgroup))].map((cgroup) =>
    cgroup.between(fromUs, toUs),
  )
  const role = (name: (typeof threadRoles)[number]): number | null =>
    threads.length === 0
      ? null
      : (sum(threads.filter((thread) => thread.role === name).map(({ cpuPercent }) => cpuPercent)) ?? 0)
  const sockets = (name: 'established' | 'receiveQueueBytes' | 'sendQueueBytes'): number | null =>
    sum(networks.map(({ mean }) => mean[name]))
  const network = (name: 'listenOverflows' | 'listenDrops' | 'synCookies' | 'retransmits'): number | null =>
    sum(networks.map(({ perSecond }) => perSecond[name]))
  return {
    cpuPercent: sum(means.map(({ cpuPercent }) => cpuPercent)),
    runQueueWaitPercent: sum(means.map(({ runQueueWaitPercent }) => runQueueWaitPercent)),
    rssBytes: sum(means.map(({ rssBytes }) => rssBytes)),
    threads: sum(means.map((process) => process.threads)),
    descriptors: sum(means.map(({ descriptors }) => descriptors)),
    cpuMainPercent: role('main'),
    cpuV8Percent: role('v8'),
    cpuPoolPercent: role('pool'),
    cpuWorkerPercent: role('worker'),
    cpuOtherPercent: role('other'),
    voluntarySwitchesPerSecond: sum(details.map(({ voluntarySwitches }) => voluntarySwitches)),
    involuntarySwitchesPerSecond: sum(details.map(({ involuntarySwitches }) => involuntarySwitches)),
    majorFaultsPerSecond: sum(details.map(({ majorFaults }) => majorFaults)),
    storageReadBytesPerSecond: sum(details.map(({ readBytes }) => readBytes)),
    storageWrittenBytesPerSecond: sum(details.map(({ writtenBytes }) => writtenBytes)),
    listenQueue: sum(networks.map(({ max }) => max.listenQueue)),
    listenOverflowsPerSecond: network('listenOverflows'),
    listenDropsPerSecond: network('listenDrops'),
    synCookiesPerSecond: network('synCookies'),
    retransmitsPerSecond: network('retransmits'),
    socketsEstablished: sockets('established'),
    receiveQueueBytes: sockets('receiveQueueBytes'),
    sendQueueBytes: sockets('sendQueueBytes'),
    throttledMsPerSecond: sum(cgroups.map(({ throttledMsPerSecond }) => throttledMsPerSecond)),
    cgroupMemoryBytes: sum(cgroups.map(({ memoryBytes }) => memoryBytes)),
  } satisfies Partial<TimelineFigures>
}

/** What the runtimes of a target’s Node processes said: memory and pauses together, of the event loop the busiest. */
export function runtimeFigures(samples: readonly TimedRuntimeSample[]) {
  const delays = samples.map(({ loopDelay }) => loopDelay).filter((delay) => delay !== null)
  const gc = (kind: (typeof gcKinds)[number]): number | null =>
    samples.length === 0 ? null : samples.reduce((total, sample) => total + sample.gc[kind].ms, 0)
  return {
    eventLoopUtilization: highest(samples.map(({ eventLoopUtilization }) => eventLoopUtilization)),
    loopDelayP50Ms: highest(delays.map(({ p50Ms }) => p50Ms)),
    loopDelayP99Ms: highest(delays.map(({ p99Ms }) => p99Ms)),
    loopDelayMaxMs: highest(delays.map(({ maxMs }) => maxMs)),
    heapUsedBytes: sum(samples.map(({ heapUsedBytes }) => heapUsedBytes)),
    heapTotalBytes: sum(samples.map(({ heapTotalBytes }) => heapTotalBytes)),
    heapAfterMajorBytes: sum(samples.map(({ heapAfterMajorBytes }) => heapAfterMajorBytes)),
    externalBytes: sum(samples.map(({ externalBytes }) => externalBytes)),
    arrayBuffersBytes: sum(samples.map(({ arrayBuffersBytes }) => arrayBuffersBytes)),
    gcMs: sum(samples.map(({ gcMs }) => gcMs)),
    gcMinorMs: gc('minor'),
    gcMajorMs: gc('major'),
    gcIncrementalMs: gc('incremental'),
    gcWeakMs: gc('weak'),
  } satisfies Partial<TimelineFigures>
}

/** Each process by itself, where there are several. */
export function processFigures(
  processes: readonly ObservedProcess[],
  samples: readonly TimedRuntimeSample[],
  { fromUs, toUs }: Stretch,
): TimelineProcess[] {
  return processes.map(({ description: { pid }, watched }) => {
    const { cpuPercent, runQueueWaitPercent, rssBytes } = watched.between(fromUs, toUs)
    const sample = samples.find((candidate) => candidate.pid === pid)
    return {
      pid,
      cpuPercent,
      runQueueWaitPercent,
      rssBytes,
      eventLoopUtilization: sample?.eventLoopUtilization ?? null,
    }
  })
}

export function sum(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null)
  return known.length === 0 ? null : known.reduce((total, value) => total + value, 0)
}

export function highest(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null)
  return known.length === 0 ? null : Math.max(...known)
}
