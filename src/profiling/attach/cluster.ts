import { parseStat } from '../../target/proc-parsing.js'
import { allPids, readSmall } from '../../target/read-proc.js'
import { lookAtProcess } from './look-at-process.js'

/**
 * The processes whose profile tells what a service does. The primary of a `node:cluster` listens and hands
 * connections on to its workers, so they stand for it; every other process stands for itself, also where several
 * share one socket.
 * @param listeners pids of the processes that hold the listening socket
 * @returns ascending, each once
 */
export function processesToAttach(listeners: readonly number[]): number[] {
  const children = childrenByParent()
  const chosen = listeners.flatMap((pid) => {
    const workers = workersAmong(children.get(pid) ?? [])
    return workers.length > 0 ? workers : [pid]
  })
  return [...new Set(chosen)].sort((a, b) => a - b)
}

/** The living workers of a primary of `node:cluster`; none for any other process. */
export const clusterWorkersOf = (pid: number): number[] => workersAmong(childrenByParent().get(pid) ?? [])

/** `node:cluster` gives each worker its number in the environment. */
const workersAmong = (pids: readonly number[]): number[] =>
  pids.filter((pid) => {
    const look = lookAtProcess(pid)
    return look?.isNode && look.state !== 'Z' && look.environment.has('NODE_UNIQUE_ID')
  })

function childrenByParent(): Map<number, number[]> {
  const children = new Map<number, number[]>()
  for (const pid of allPids()) {
    const parent = parseStat(readSmall(`/proc/${pid}/stat`) ?? '')?.parentPid
    if (parent === undefined) continue
    const siblings = children.get(parent)
    if (siblings) siblings.push(pid)
    else children.set(parent, [pid])
  }
  return children
}
