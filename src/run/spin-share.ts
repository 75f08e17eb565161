import { readFileSync } from 'node:fs'
import type { Plan } from './plan.js'

/** Without a core to spare, all workers together spin on so much of one. */
const frugalShare = 0.25

/** Reads `0-3,8` as the kernel writes it. */
export function parseCpuList(list: string): Set<number> {
  const cpus = new Set<number>()
  for (const part of list.trim().split(',')) {
    const range = /^(\d+)(?:-(\d+))?$/.exec(part)
    if (!range) continue
    const from = Number(range[1])
    const to = Number(range[2] ?? from)
    for (let cpu = from; cpu <= to; cpu++) cpus.add(cpu)
  }
  return cpus
}

/** The cores that a process may run on; null where the system does not tell. */
export function allowedCpus(pid: number | 'self'): Set<number> | null {
  try {
    const line = /^Cpus_allowed_list:\s*(.+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
    return line ? parseCpuList(line[1]!) : null
  } catch {
    return null
  }
}

export interface SpinSituation {
  readonly pacing: Plan['pacing']
  readonly workers: number
  /** Cores that the generator may run on. */
  readonly own: ReadonlySet<number> | number
  /** Cores that the target may run on; null if it is on another machine or not known. */
  readonly target: ReadonlySet<number> | null
  readonly targetIsLocal: boolean
}

/**
 * The share of a core that each worker may spend spinning towards the next send. Spinning takes time from whoever
 * shares the core, so it is free only where each worker has a core that neither the target nor the coordinator
 * needs: cores that the target may not run on, or one to spare beside one for the target and one for each worker.
 */
export function spinShare({ pacing, workers, own, target, targetIsLocal }: SpinSituation): number {
  if (pacing === 'spin') return 1
  if (pacing === 'sleep') return 0
  if (target && typeof own !== 'number') {
    const apart = [...own].filter((cpu) => !target.has(cpu)).length
    if (apart >= workers) return 1
  }
  const cores = typeof own === 'number' ? own : own.size
  const needed = workers + 1 + (targetIsLocal ? 1 : 0)
  return cores >= needed ? 1 : frugalShare / workers
}
