import type { SyscallRow } from '../profiling/native/syscalls.js'

/** The system calls of several processes together, the one that took longest first. */
export function addSyscalls(tables: ReadonlyArray<readonly SyscallRow[]>): SyscallRow[] {
  const sums = new Map<string, { name: string; calls: number; errors: number; seconds: number }>()
  for (const { name, calls, errors, seconds } of tables.flat()) {
    const sum = sums.get(name) ?? { name, calls: 0, errors: 0, seconds: 0 }
    sum.calls += calls
    sum.errors += errors
    sum.seconds += seconds
    sums.set(name, sum)
  }
  const rows = [...sums.values()]
  const all = rows.reduce((sum, { seconds }) => sum + seconds, 0)
  return rows
    .map((row) => ({ ...row, share: all > 0 ? row.seconds / all : 0 }))
    .sort((a, b) => b.seconds - a.seconds || b.calls - a.calls)
}
