import { processesToAttach } from '../profiling/attach/cluster.js'
import { perfAvailability, perfProfiler } from '../profiling/native/perf-profiler.js'
import { pprofProfiler } from '../profiling/pprof/pprof-profiler.js'
import type { Profiler } from '../profiling/profiler.js'
import type { ProcessDescription } from '../target/describe-process.js'
import { describeRefusal } from './describe-refusal.js'
import type { NodeObserver } from './node-observer.js'
import { type Plan, profiledSecondsOf } from './plan.js'

export interface ProfilerChoice {
  readonly profiler: Profiler | null
  /** Why this one, or why none. */
  readonly reason: string
}

export interface ChoiceParts {
  readonly plan: Plan
  readonly processes: readonly ProcessDescription[]
  readonly servicePort: number
  readonly node: NodeObserver
  readonly say: (line: string) => void
}

/**
 * Decides how the target is looked into: Node by its inspector, a Go service by the URL that was given, everything
 * else by perf. Attaches where it decides for the inspector; a refusal is a reason, never an error.
 */
export async function chooseProfiler(parts: ChoiceParts): Promise<ProfilerChoice> {
  const { plan, processes } = parts
  if (plan.profile === 'none') return none('profiling is switched off (--profile none)')
  if (plan.observe === 'none') return none('the target is not observed (--observe none)')
  if (plan.observe === 'proc') return none('attaching is switched off (--observe proc)')
  if (plan.pprof !== null) {
    const seconds =
      plan.profile === 'throughout' ? plan.measuredSeconds : profiledSecondsOf(plan.measuredSeconds)
    return {
      profiler: pprofProfiler(plan.pprof, Math.max(1, Math.floor(seconds))),
      reason: `its profile comes from ${plan.pprof}`,
    }
  }
  if (processes.length === 0) {
    return none('no process of the target was found on this machine (--observe PID names one)')
  }
  return processes.some(({ kind }) => kind === 'node') ? byInspector(parts) : byPerf(parts)
}

async function byInspector({ processes, servicePort, node, say }: ChoiceParts): Promise<ProfilerChoice> {
  const pids = processesToAttach(processes.filter(({ kind }) => kind === 'node').map(({ pid }) => pid))
  say(
    pids.length === 1
      ? `Attaching to the inspector of process ${pids[0]}${commandOf(processes, pids[0]!)}`
      : `Attaching to the inspectors of processes ${pids.join(', ')}`,
  )
  try {
    await node.attach(pids, [servicePort])
    return { profiler: node, reason: 'Node, by its inspector' }
  } catch (error) {
    return none(describeRefusal(error))
  }
}

async function byPerf({ processes, say }: ChoiceParts): Promise<ProfilerChoice> {
  const available = await perfAvailability()
  if (!available.ok)
    return none(`the process that listens is not Node, and ${available.reason}. ${available.hint}`)
  const pids = processes.map(({ pid }) => pid)
  say(`The target is not Node: perf samples process ${pids.join(', ')}`)
  return { profiler: perfProfiler(pids), reason: 'the process that listens is not Node: sampled by perf' }
}

function commandOf(processes: readonly ProcessDescription[], pid: number): string {
  const command = processes.find((process) => process.pid === pid)?.command ?? null
  return command === null ? '' : ` (${command.length > 60 ? `${command.slice(0, 59)}…` : command})`
}

const none = (reason: string): ProfilerChoice => ({ profiler: null, reason })

/** The processes behind a port: where a cluster's primary listens, its workers too. */
export const processesBehind = (listeners: readonly number[]): number[] => [
  ...new Set([...listeners, ...processesToAttach(listeners)]),
]
