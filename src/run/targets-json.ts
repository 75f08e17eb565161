import type { TargetJson } from '../report/run-json.js'
import type { Evidence } from './evidence.js'
import type { MeasuredWindow } from './measured-window.js'

/** What was seen of the target's processes in the measured window. */
export function targetsJson({ target, plan }: Evidence, window: MeasuredWindow): TargetJson[] {
  return target.processes.map(({ description, watched }) => {
    const means = watched.between(window.fromUs, window.toUs)
    const samples = target.runtime.filter(
      ({ fromUs, toUs }) => fromUs >= window.fromUs && toUs <= window.toUs,
    )
    const looped = samples.filter(({ eventLoopUtilization }) => eventLoopUtilization !== null)
    const spanMs = samples.reduce((sum, { fromUs, toUs }) => sum + (toUs - fromUs) / 1_000, 0)
    const node = description.kind === 'node' && samples.length > 0
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
      eventLoopUtilization:
        node && looped.length > 0 ? mean(looped.map((sample) => sample.eventLoopUtilization!)) : null,
      heapUsedBytes: node ? samples.at(-1)!.heapUsedBytes : null,
      gcPercent:
        node && spanMs > 0 ? (samples.reduce((sum, { gcMs }) => sum + gcMs, 0) / spanMs) * 100 : null,
    }
  })
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length
