import { parseSchedStat } from './proc-parsing.js'
import { list, readSmall } from './read-proc.js'

/** The thread that samples for V8's CPU profiler: what it takes is the observer's, not the target's. */
const sampler = 'v8:ProfEvntProc'

/** CPU time of each thread of a process since it began, ns, by its id; empty where the system does not tell. */
export function threadTimes(pid: number): ReadonlyMap<string, number> {
  const times = new Map<string, number>()
  for (const id of list(`/proc/${pid}/task`)) {
    const folder = `/proc/${pid}/task/${id}`
    const stat = parseSchedStat(readSmall(`${folder}/schedstat`) ?? '')
    if (stat && readSmall(`${folder}/comm`)?.trimEnd() !== sampler) times.set(id, stat.cpuNs)
  }
  return times
}
