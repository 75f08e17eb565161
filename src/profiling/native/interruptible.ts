import { spawn } from 'node:child_process'

/** What a program printed that was interrupted after a while. */
export interface Printed {
  /** null where there is no such program; −1 where a signal ended it. */
  readonly code: number | null
  readonly text: string
}

const maxTextLength = 200_000
const patienceMs = 5_000

/**
 * Runs a program that observes until it is interrupted: SIGINT after `ms`, or when `signal` says so, and SIGTERM
 * where it does not heed that. Never rejects.
 */
export function runUntil(
  program: string,
  args: readonly string[],
  ms: number,
  signal?: AbortSignal,
): Promise<Printed> {
  return new Promise((resolve) => {
    // In a group of its own, so that Ctrl-C reaches it through us only.
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true })
    let text = ''
    let killTimer: NodeJS.Timeout | undefined
    const interrupt = (): void => {
      child.kill('SIGINT')
      killTimer ??= setTimeout(() => child.kill('SIGTERM'), patienceMs)
    }
    const timer = setTimeout(interrupt, ms)
    signal?.addEventListener('abort', interrupt, { once: true })
    if (signal?.aborted) interrupt()
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (piece: string) => {
        text = (text + piece).slice(-maxTextLength)
      })
    }
    const finish = (code: number | null): void => {
      clearTimeout(timer)
      clearTimeout(killTimer)
      signal?.removeEventListener('abort', interrupt)
      resolve({ code, text })
    }
    child.once('error', () => finish(null))
    child.once('close', (code) => finish(code ?? -1))
  })
}
