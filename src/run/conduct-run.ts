import { parseObjective } from '../analysis/objectives.js'
import type { ExitCode } from '../kernel/errors.js'
import type { World } from '../kernel/world.js'
import type { RunJson } from '../report/run-json.js'
import type { ProgressSnapshot } from '../report/terminal/progress-lines.js'
import { Conductor } from './conductor.js'
import { guardHost } from './host-guard.js'
import type { Plan } from './plan.js'
import { defaultRunPath, RunFolder } from './run-folder.js'

/** Where a run tells how it goes. */
export interface RunTerminal {
  say(line: string): void
  progress(snapshot: ProgressSnapshot): void
  progressDone(): void
}

export interface RunSettings {
  readonly allowHost: readonly string[]
  readonly out: string | null
}

export interface RunOutcome {
  readonly run: RunJson
  readonly exitCode: ExitCode
  readonly folder: string
  /** Null if it could not be written. */
  readonly reportPath: string | null
  /** What went wrong beside the measurement, e.g. a disk that filled up. */
  readonly warnings: readonly string[]
}

/**
 * The composition root: one run from its frozen plan to the files on disk.
 * @throws PlimsollError for what keeps a run from starting; whatever happens later ends in an outcome
 */
export async function conductRun(
  plan: Plan,
  settings: RunSettings,
  world: World,
  terminal: RunTerminal,
): Promise<RunOutcome> {
  const objectives = plan.objectives.map(parseObjective)
  const host = await guardHost(new URL(plan.target), settings.allowHost)
  const startedAt = world.now()
  const folder = await RunFolder.open(settings.out ?? defaultRunPath(world.cwd, plan.name, startedAt))
  const conductor = new Conductor({ plan, objectives, host, startedAt, folder, world, terminal })
  const interrupts = new AbortController()
  const stopListening = world.onInterrupt(
    () => interrupts.abort(),
    () => conductor.kill(),
  )
  try {
    return await conductor.conduct(interrupts.signal)
  } finally {
    await conductor.end()
    stopListening()
  }
}
