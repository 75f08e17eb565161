import { type GcKind, gcKinds } from '../profiling/runtime-sample.js'
import type { TargetJson } from '../report/target-schema.js'
import type { Evidence } from './evidence.js'
import type { MeasuredWindow } from './measured-window.js'
import type { TimedRuntimeSample } from './node-observer.js'
import { highest, type Stretch } from './target-figures.js'
import type { ObservedProcess } from './target-session.js'

/** What was seen of the target's processes in the measured window. */
export function targetsJson({ target, plan }: Evidence, window: MeasuredWindow): TargetJson[] {
  return target.processes.map((process) => {
    const { description, watched } = process
    const means = watched.between(window.fromUs, window.toUs)
    const samples = target.runtime.filter(
      ({ pid, fromUs, toUs }) => pid === description.pid && fromUs >= window.fromUs && toUs <= window.toUs,
    )
    return {
      pid: description.pid,
      role: plan.targetCommand ? 'started by Plimsoll' : 'listens on the target port',
      kind: description.kind,
      command: description.command,
      cpuPercent: means.cpuPercent,
      runQueueWaitPercent: means.runQueueWaitPercent,
      rssBytes: means.rssBytes,
      threads: means.threads,
      descriptors: means.descriptors,
      ...runtimeJson(samples),
      ...kernelJson(process, window),
    }
  })
}

function runtimeJson(samples: readonly TimedRuntimeSample[]) {
  const last = samples.at(-1)
  const used = samples.map((sample) => sample.eventLoopUtilization).filter((share) => share !== null)
  const delays = samples.map(({ loopDelay }) => loopDelay).filter((delay) => delay !== null)
  const spanMs = samples.reduce((sum, { fromUs, toUs }) => sum + (toUs - fromUs) / 1_000, 0)
  const pauses = (kind: GcKind) => ({
    count: samples.reduce((sum, { gc }) => sum + gc[kind].count, 0),
    ms: samples.reduce((sum, { gc }) => sum + gc[kind].ms, 0),
  })
  const gcMs = gcKinds.reduce((sum, kind) => sum + pauses(kind).ms, 0)
  return {
    eventLoopUtilization: used.length > 0 ? used.reduce((sum, share) => sum + share, 0) / used.length : null,
    heapUsedBytes: last?.heapUsedBytes ?? null,
    gcPercent: spanMs > 0 ? (gcMs / spanMs) * 100 : null,
    loopDelay:
      delays.length > 0
        ? {
            p50: median(delays.map(({ p50Ms }) => p50Ms)),
            p99: highest(delays.map(({ p99Ms }) => p99Ms))!,
            max: highest(delays.map(({ maxMs }) => maxMs))!,
          }
        : null,
    gc: last
      ? {
          minor: pauses('minor'),
          major: pauses('major'),
          incremental: pauses('incremental'),
          weak: pauses('weak'),
        }
      : null,
    heapTotalBytes: last?.heapTotalBytes ?? null,
    heapAfterMajorBytes:
      samples.findLast(({ heapAfterMajorBytes }) => heapAfterMajorBytes !== null)?.heapAfterMajorBytes ??
      null,
    externalBytes: last?.externalBytes ?? null,
    arrayBuffersBytes: last?.arrayBuffersBytes ?? null,
  }
}

function kernelJson({ watched }: ObservedProcess, { fromUs, toUs }: Stretch) {
  const details = watched.details(fromUs, toUs)
  return {
    threadGroups: watched.threads(fromUs, toUs).map((group) => ({ ...group })),
    allowedCores: details.allowedCores,
    voluntarySwitchesPerSecond: details.voluntarySwitches,
    involuntarySwitchesPerSecond: details.involuntarySwitches,
    majorFaultsPerSecond: details.majorFaults,
    storageReadBytesPerSecond: details.readBytes,
    storageWrittenBytesPerSecond: details.writtenBytes,
    ...networkJson(watched, { fromUs, toUs }),
    cgroup: cgroupJson(watched, { fromUs, toUs }),
  }
}

function networkJson({ network }: ObservedProcess['watched'], { fromUs, toUs }: Stretch) {
  const { counts, mean, max } = network.between(fromUs, toUs)
  const sockets = {
    listenQueueMax: max.listenQueue,
    established: mean.established,
    halfOpen: mean.halfOpen,
    closeWait: mean.closeWait,
    timeWait: mean.timeWait,
    receiveQueueBytes: mean.receiveQueueBytes,
    receiveQueueMaxBytes: max.receiveQueueMaxBytes,
    sendQueueBytes: mean.sendQueueBytes,
    sendQueueMaxBytes: max.sendQueueMaxBytes,
  }
  return {
    network: orNull({
      listenOverflows: whole(counts.listenOverflows),
      listenDrops: whole(counts.listenDrops),
      synCookies: whole(counts.synCookies),
      retransmits: whole(counts.retransmits),
      segmentsSent: whole(counts.segmentsSent),
    }),
    sockets: orNull(sockets),
  }
}

function cgroupJson({ cgroup }: ObservedProcess['watched'], { fromUs, toUs }: Stretch) {
  const means = cgroup.between(fromUs, toUs)
  return orNull({
    cpuLimitCores: means.cpuLimitCores,
    throttledShare: means.throttledShare,
    throttledMs: means.throttledMs,
    memoryLimitBytes: means.memoryLimitBytes,
    memoryBytes: means.memoryBytes,
    memoryMaxBytes: means.memoryMaxBytes,
    memoryLimitHits: whole(means.memoryLimitHits),
    oomKills: whole(means.oomKills),
  })
}

/** Where nothing at all is known, one null says so. */
const orNull = <Part extends Readonly<Record<string, number | null>>>(part: Part): Part | null =>
  Object.values(part).some((value) => value !== null) ? part : null

/** A count whose second straddles the edge of the window comes with a fraction. */
const whole = (count: number | null): number | null => count && Math.round(count)

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return (sorted[Math.floor((sorted.length - 1) / 2)]! + sorted[Math.ceil((sorted.length - 1) / 2)]!) / 2
}
