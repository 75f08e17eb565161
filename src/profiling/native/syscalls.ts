import { readFile } from 'node:fs/promises'
import { PlimsollError } from '../../kernel/errors.js'
import { runUntil } from './interruptible.js'
import { explainPerfFailure } from './perf-profiler.js'

export interface SyscallRow {
  readonly name: string
  readonly calls: number
  readonly errors: number
  /** Spent in the kernel. */
  readonly seconds: number
  /** Of the time in system calls; 0 for those that wait, where perf trace counted. */
  readonly share: number
}

const maxTextLength = 200_000

/** Reads the table of `strace -c` (strace(1)): share, seconds, µs a call, calls, errors (empty where none), name. */
export function parseStraceTable(text: string): SyscallRow[] {
  const rows: Omit<SyscallRow, 'share'>[] = []
  for (const line of text.slice(0, maxTextLength).split('\n')) {
    const match = /^\s*[\d.]+\s+(\d+\.\d+)\s+\d+\s+(\d+)\s+(?:(\d+)\s+)?([a-z_][a-z0-9_]*)\s*$/i.exec(line)
    if (!match || match[4] === 'total') continue
    rows.push({
      name: match[4]!,
      calls: Number(match[2]),
      errors: Number(match[3] ?? 0),
      seconds: Number(match[1]),
    })
  }
  return withShares(rows)
}

/** The tables of `perf trace -s` (perf-trace(1)), one a thread, together: calls, errors (new versions), total in ms. */
export function parsePerfTrace(text: string): SyscallRow[] {
  const sums = new Map<string, { calls: number; errors: number; seconds: number }>()
  let hasErrors = false
  for (const line of text.slice(-maxTextLength).split('\n')) {
    if (/^\s*syscall\s+calls\b/.test(line)) hasErrors = /\berrors\b/.test(line)
    const match = /^\s+([a-z_][a-z0-9_]*)\s+(\d+)\s+(?:(\d+)\s+)?(\d+\.\d+)\s+\d+\.\d+/i.exec(line)
    if (!match || hasErrors !== (match[3] !== undefined)) continue
    const sum = sums.get(match[1]!) ?? { calls: 0, errors: 0, seconds: 0 }
    sum.calls += Number(match[2])
    sum.errors += Number(match[3] ?? 0)
    sum.seconds += Number(match[4]) / 1_000
    sums.set(match[1]!, sum)
  }
  return withShares(
    [...sums].map(([name, sum]) => ({ name, ...sum })),
    'perf trace',
  )
}

/** A call of these is over when something happens elsewhere; perf trace counts it for as long as that takes. */
const waits =
  /^(?:futex(?:_wait\w*)?|epoll_p?wait2?|p?poll|p?select\d?|_newselect|(?:clock_)?nanosleep|wait4|waitid|pause|rt_sig(?:timedwait|suspend)|io_p?getevents|restart_syscall)$/

/** With their shares, those with the largest first. Calls that wait have none by perf trace. */
export function withShares(
  rows: ReadonlyArray<Omit<SyscallRow, 'share'>>,
  by: SyscallTool = 'strace',
): SyscallRow[] {
  const counted = ({ name, seconds }: { name: string; seconds: number }): number =>
    by === 'perf trace' && waits.test(name) ? 0 : seconds
  const whole = rows.reduce((sum, row) => sum + counted(row), 0)
  return rows
    .map((row) => ({ ...row, share: whole > 0 ? counted(row) / whole : 0 }))
    .sort((a, b) => b.share - a.share || b.seconds - a.seconds || b.calls - a.calls)
}

/** What counted: strace, or perf trace, in whose times a call that waits counts as long as it waits. */
export type SyscallTool = 'strace' | 'perf trace'

export interface SyscallTable {
  readonly by: SyscallTool
  readonly rows: readonly SyscallRow[]
}

/**
 * Counts the system calls of a process and its threads by strace, which stops it at each: it may run many times
 * slower meanwhile. strace lets go of it when it is interrupted, so that it goes on as before. Where there is no
 * strace, or ptrace is not allowed, `perf trace` counts, which slows it down less.
 * @throws PlimsollError PROFILE_FAILED: neither of the two, no permission, no such process
 */
export async function traceSyscalls(pid: number, ms: number, signal?: AbortSignal): Promise<SyscallTable> {
  const { code, text } = await runUntil('strace', ['-c', '-f', '-p', String(pid)], ms, signal)
  const refusal = code === null ? notInstalled : refusalOf(text)
  if (refusal === null) return { by: 'strace', rows: parseStraceTable(text) }
  if (/No such process/.test(refusal.reason) || signal?.aborted) throw notTraced(refusal)
  const perf = await runUntil('perf', ['trace', '-s', '-p', String(pid)], ms, signal)
  if (/Summary of events/.test(perf.text)) return { by: 'perf trace', rows: parsePerfTrace(perf.text) }
  const paranoid = await readFile('/proc/sys/kernel/perf_event_paranoid', 'utf8').catch(() => '')
  const { reason } = explainPerfFailure(perf.code, perf.text, paranoid.trim())
  throw notTraced({ reason: `${refusal.reason}, and ${reason}`, hint: refusal.hint })
}

interface Refusal {
  readonly reason: string
  readonly hint: string
}

const notInstalled: Refusal = {
  reason: 'strace is not installed',
  hint: 'Install it: apt install strace, or your system’s package of that name.',
}

function refusalOf(text: string): Refusal | null {
  const refused = /^strace: (?:attach|ptrace|Could not attach).*$/m.exec(text)
  if (!refused || /attached/.test(text)) return null
  return {
    reason: refused[0].slice(0, 200),
    hint: 'Trace as the user of the process or as root; kernel.yama.ptrace_scope and containers may forbid it.',
  }
}

const notTraced = ({ reason, hint }: Refusal): PlimsollError =>
  new PlimsollError('PROFILE_FAILED', `System calls cannot be counted: ${reason}.`, { hint })
