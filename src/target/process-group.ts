import type { ChildProcess } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'

const pollMs = 20

/** A child that leads a process group of its own (`detached`), with all that it starts. On Windows the child alone. */
export class ProcessGroup {
  readonly #child: ChildProcess

  constructor(child: ChildProcess) {
    this.#child = child
  }

  /** False if nobody is left to take the signal. */
  signal(name: NodeJS.Signals | 0): boolean {
    const pid = this.#child.pid
    if (pid === undefined) return false
    try {
      return process.kill(process.platform === 'win32' ? pid : -pid, name)
    } catch (error) {
      // EPERM: somebody is left, but not ours to signal (a set-user-id program).
      return (error as NodeJS.ErrnoException).code === 'EPERM'
    }
  }

  /** SIGTERM, and SIGKILL to what is left after `graceMs`. Resolves when the group is empty, 1 s after SIGKILL at the latest. */
  async end(graceMs: number): Promise<void> {
    this.signal('SIGTERM')
    // A stopped process acts on SIGTERM only when it goes on.
    if (process.platform !== 'win32') this.signal('SIGCONT')
    if (await this.#empty(graceMs)) return
    this.signal('SIGKILL')
    // Zombies that nobody reaps keep a group alive for ever: do not wait for ever.
    await this.#empty(1_000)
  }

  async #empty(withinMs: number): Promise<boolean> {
    for (let waitedMs = 0; this.signal(0); waitedMs += pollMs) {
      if (waitedMs >= withinMs) return false
      await delay(pollMs)
    }
    return true
  }
}
