import { type SyscallRow, type SyscallTable, withShares } from '../profiling/native/syscalls.js'

/** The system calls of several processes together, the one with the largest share first. */
export function addSyscalls(tables: readonly SyscallTable[]): SyscallRow[] {
  const sums = new Map<string, { name: string; calls: number; errors: number; seconds: number }>()
  for (const { name, calls, errors, seconds } of tables.flatMap(({ rows }) => rows)) {
    const sum = sums.get(name) ?? { name, calls: 0, errors: 0, seconds: 0 }
    sum.calls += calls
    sum.errors += errors
    sum.seconds += seconds
    sums.set(name, sum)
  }
  return withShares([...sums.values()], tables[0]?.by)
}
