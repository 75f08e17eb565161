import type { ExitCode } from '../../kernel/errors.js'
import type { World } from '../../kernel/world.js'
import { conductRun } from '../../run/conduct-run.js'
import type { LoadOptions } from '../../run/load-options.js'
import { makePlan } from '../../run/make-plan.js'
import { repeatCommand } from '../repeat-command.js'
import { openTerminal } from '../terminal.js'

export interface RunRequest {
  readonly what: string
  readonly name?: string
  readonly options: LoadOptions
  readonly targetCommand: readonly string[] | null
  readonly argv: readonly string[]
}

/** `plimsoll run`: plans, drives, judges, and prints. */
export async function run(request: RunRequest, world: World): Promise<ExitCode> {
  const { options, argv } = request
  const plan = await makePlan({ ...request, command: repeatCommand(argv), cores: world.cores })
  const terminal = openTerminal(world, { json: options.json ?? false, quiet: options.quiet ?? false })
  const outcome = await conductRun(
    plan,
    { allowHost: options.allowHost ?? [], out: options.out ?? null },
    world,
    terminal,
  )
  terminal.result(outcome)
  return outcome.exitCode
}
