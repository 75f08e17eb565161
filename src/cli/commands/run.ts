import { ExitCode } from '../../kernel/errors.js'
import type { World } from '../../kernel/world.js'
import { conductRun } from '../../run/conduct-run.js'
import { dryRun, renderDryRun } from '../../run/dry-run.js'
import type { LoadOptions } from '../../run/load-options.js'
import { makePlan } from '../../run/make-plan.js'
import type { Plan } from '../../run/plan.js'
import { type Export, readExport } from '../export-formats.js'
import { checkExports, renderFormat, writeText } from '../render-format.js'
import { repeatCommand } from '../repeat-command.js'
import { openTerminal, readTerminalOptions } from '../terminal.js'

export interface RunRequest {
  readonly what: string
  readonly name?: string
  readonly options: LoadOptions
  readonly targetCommand: readonly string[] | null
  /** The command line that would repeat the run. */
  readonly argv: readonly string[]
  /** What to say about options that don't stand on the command line. */
  readonly sources?: readonly string[]
}

/** `plimsoll run`: plans, drives, judges, and prints. */
export async function run(request: RunRequest, world: World): Promise<ExitCode> {
  const { options, argv, sources = [] } = request
  const exports = (options.export ?? []).map(readExport)
  const terminalOptions = readTerminalOptions(options)
  const plan = await makePlan({ ...request, command: repeatCommand(argv), cores: world.cores })
  if (options.dry) return await showPlan(plan, terminalOptions.json, sources, world)
  await checkExports(exports, world.cwd)
  const terminal = openTerminal(world, terminalOptions)
  for (const source of sources) terminal.say(source)
  const outcome = await conductRun(
    plan,
    { allowHost: options.allowHost ?? [], out: options.out ?? null },
    world,
    terminal,
  )
  terminal.result(outcome)
  await writeExports(exports, outcome.folder, world)
  return outcome.exitCode
}

/** A file that cannot be written is a warning: the result stands. */
async function writeExports(exports: readonly Export[], folder: string, world: World): Promise<void> {
  for (const { format, file } of exports) {
    try {
      await writeText(file, world.cwd, await renderFormat(format, folder))
    } catch (error) {
      world.stderr.write(`plimsoll: --export ${format}: ${(error as Error).message}\n`)
    }
  }
}

/** `--dry`: opens nothing, starts nothing. */
async function showPlan(
  plan: Plan,
  json: boolean,
  sources: readonly string[],
  world: World,
): Promise<ExitCode> {
  const shown = await dryRun(plan)
  const width = Math.min(100, world.stdout.columns)
  world.stdout.write(json ? `${JSON.stringify(shown, null, 2)}\n` : renderDryRun(shown, sources, width))
  return ExitCode.ok
}
