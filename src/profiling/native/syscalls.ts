import { spawn } from 'node:child_process'
import { PlimsollError } from '../../kernel/errors.js'

export interface SyscallRow {
  readonly name: string
  readonly calls: number
  readonly errors: number
  /** Spent in the kernel. */
  readonly seconds: number
  /** Of the time in system calls. */
  readonly share: number
}

const maxTextLength = 200_000
const patienceMs = 5_000

/** Reads the table of `strace -c` (strace(1)): share, seconds, µs a call, calls, errors (empty where none), name. */
export function parseStraceTable(text: string): SyscallRow[] {
  const rows: SyscallRow[] = []
  for (const line of text.slice(0, maxTextLength).split('\n')) {
    const match = /^\s*[\d.]+\s+(\d+\.\d+)\s+\d+\s+(\d+)\s+(?:(\d+)\s+)?([a-z_][a-z0-9_]*)\s*$/i.exec(line)
    if (!match || match[4] === 'total') continue
    rows.push({
      name: match[4]!,
      calls: Number(match[2]),
      errors: Number(match[3] ?? 0),
      seconds: Number(match[1]),
      share: 0,
    })
  }
  const whole = rows.reduce((sum, { seconds }) => sum + seconds, 0)
  return rows
    .map((row) => ({ ...row, share: whole > 0 ? row.seconds / whole : 0 }))
    .sort((a, b) => b.seconds - a.seconds || b.calls - a.calls)
}

/**
 * Counts the system calls of a process and its threads by strace, which stops it at each: it may run many times
 * slower meanwhile. strace lets go of it when it is interrupted, so that it goes on as before.
 * @throws PlimsollError PROFILE_FAILED: no strace, no permission, no such process
 */
export function traceSyscalls(pid: number, ms: number, signal?: AbortSignal): Promise<SyscallRow[]> {
  return new Promise((resolve, reject) => {
    // In a group of its own, so that Ctrl-C reaches it through us only.
    const child = spawn('strace', ['-c', '-f', '-p', String(pid)], {
      stdio: ['ignore', 'ignore', 'pipe'],
      detached: true,
    })
    let text = ''
    let killTimer: NodeJS.Timeout | undefined
    const interrupt = (): void => {
      child.kill('SIGINT')
      killTimer ??= setTimeout(() => child.kill('SIGTERM'), patienceMs)
    }
    const timer = setTimeout(interrupt, ms)
    signal?.addEventListener('abort', interrupt, { once: true })
    child.stderr.setEncoding('utf8').on('data', (piece: string) => {
      text = (text + piece).slice(-maxTextLength)
    })
    const finish = (): void => {
      clearTimeout(timer)
      clearTimeout(killTimer)
      signal?.removeEventListener('abort', interrupt)
    }
    child.once('error', () => {
      finish()
      reject(
        notTraced(
          'strace is not installed',
          'Install it: apt install strace, or your system’s package of that name.',
        ),
      )
    })
    child.once('close', () => {
      finish()
      const refused = /^strace: (?:attach|ptrace|Could not attach).*$/m.exec(text)
      if (refused && !/attached/.test(text)) {
        const hint =
          'Trace as the user of the process or as root; kernel.yama.ptrace_scope and containers may forbid it.'
        reject(notTraced(refused[0].slice(0, 200), hint))
      } else resolve(parseStraceTable(text))
    })
  })
}

const notTraced = (what: string, hint: string): PlimsollError =>
  new PlimsollError('PROFILE_FAILED', `System calls cannot be counted: ${what}.`, { hint })
