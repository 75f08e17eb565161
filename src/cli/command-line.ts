import { Command, CommanderError } from 'commander'
import { ExitCode, PlimsollError } from '../kernel/errors.js'
import { createWorld, type World, wantsColors } from '../kernel/world.js'
import { addLoadOptions } from './load-command-options.js'

/**
 * Runs one command line.
 * @returns the exit code
 */
export async function runCommandLine(
  argv: readonly string[],
  world: World = createWorld(),
): Promise<ExitCode> {
  const [own, targetCommand] = splitAtDashes(argv)
  let exitCode: ExitCode = ExitCode.ok
  const program = createProgram(world, targetCommand, argv, (code) => {
    exitCode = code
  })
  try {
    await program.parseAsync(own, { from: 'user' })
    return exitCode
  } catch (error) {
    return reportError(error, world)
  }
}

/** What stands behind `--` is the command that starts the target. */
function splitAtDashes(argv: readonly string[]): [own: string[], target: string[] | null] {
  const at = argv.indexOf('--')
  return at < 0 ? [[...argv], null] : [argv.slice(0, at), argv.slice(at + 1)]
}

type SetExitCode = (code: ExitCode) => void

/** All commands; `docs/reference/cli.md` is generated from it. */
export function createProgram(
  world: World,
  targetCommand: readonly string[] | null,
  argv: readonly string[],
  setExitCode: SetExitCode,
): Command {
  const program = new Command('plimsoll')
    .description(
      'Finds the load line of a real-time backend: how much it carries inside its objectives, and what gives way first.',
    )
    .version(world.version, '-V, --version')
    .configureOutput({
      writeOut: (text) => world.stdout.write(text),
      writeErr: (text) => world.stderr.write(text),
      getOutHelpWidth: () => Math.min(100, world.stdout.columns),
      getErrHelpWidth: () => Math.min(100, world.stderr.columns),
      getOutHasColors: () => wantsColors(world.stdout, world.env),
      getErrHasColors: () => wantsColors(world.stderr, world.env),
    })
    .exitOverride()
    .showSuggestionAfterError()
    .enablePositionalOptions()
  const command = (name: string): Command => program.command(name).exitOverride()

  command('demo')
    .description('the main job on the embedded target, a small chat service: no arguments, under a minute')
    .option('--json', 'print run.json, and nothing else, on standard output')
    .option('--out <folder>', 'where to keep the run')
    .option('--quiet', 'no progress')
    .addHelpText('after', example('plimsoll demo'))
    .action(async (options: { json?: boolean; out?: string; quiet?: boolean }) => {
      const { demo } = await import('./commands/demo.js')
      setExitCode(await demo(options, world))
    })

  addLoadOptions(command('run').argument('<what>', 'a ws:// or http:// URL, or a scenario (.ts, .js, .mjs)'))
    .description('drive a target and judge it')
    .usage('<what> [options] [-- command to start the target]')
    .addHelpText('after', example(...runExamples))
    .action(async (what: string, options: Record<string, unknown>) => {
      const { run } = await import('./commands/run.js')
      setExitCode(await run({ what, options, targetCommand, argv }, world))
    })

  command('report')
    .description('write a finished run again')
    .argument('<run>', 'the folder of a run, or its run.json')
    .option('--format <format>', 'summary, html or json', 'summary')
    .addHelpText(
      'after',
      example('plimsoll report .plimsoll/chat-20260101-120000', 'plimsoll report RUN --format html'),
    )
    .action(async (path: string, options: { format: string }) => {
      const { reportRun } = await import('./commands/report.js')
      setExitCode(await reportRun(path, options.format, world))
    })

  command('doctor')
    .description('what on this machine would spoil or stop a test, and the fix')
    .option('-c, --connections <n>', 'connections that the test is to hold', '10000')
    .addHelpText('after', example('plimsoll doctor', 'plimsoll doctor -c 50000'))
    .action(async (options: { connections: string }) => {
      const { doctor } = await import('./commands/doctor.js')
      setExitCode(doctor(options.connections, world))
    })
  return program
}

const runExamples = [
  "plimsoll run ws://127.0.0.1:8080 -c 100 -r 5000 -d 20s --slo 'p99 < 50ms' --slo 'errors < 0.1%'",
  'plimsoll run http://127.0.0.1:3000/ -c 50 --explore',
  "plimsoll run http://127.0.0.1:3000/ -r 500 --slo 'p99 < 100ms' -- node server.js",
  'plimsoll run chat.ts -- node server.js',
  'plimsoll run chat.ts --json | jq .metrics.response',
]

const example = (...lines: string[]): string =>
  `\n${lines.length > 1 ? 'Examples' : 'Example'}:\n${lines.map((line) => `  ${line}`).join('\n')}\n`

/** Tells the user what went wrong; a stack trace only for a bug of our own. */
export function reportError(error: unknown, world: World): ExitCode {
  if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.ok : ExitCode.usage
  if (error instanceof PlimsollError) {
    world.stderr.write(`plimsoll: ${error.message}\n${error.hint ? `  ${error.hint}\n` : ''}`)
    return error.exitCode
  }
  const bug = new PlimsollError(
    'BUG',
    error instanceof Error ? (error.stack ?? error.message) : String(error),
  )
  world.stderr.write(`plimsoll: ${bug.message}\n  ${bug.hint}\n`)
  return ExitCode.bug
}
