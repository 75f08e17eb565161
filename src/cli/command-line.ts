import { Command, CommanderError } from 'commander'
import { ExitCode, PlimsollError } from '../kernel/errors.js'
import { createWorld, type World, wantsColors } from '../kernel/world.js'
import type { ProfileOptions } from './commands/profile.js'
import type { ReportOptions } from './commands/report.js'
import { configFileName, readConfigFile } from './config-file.js'
import { reportFormats } from './export-formats.js'
import { HintedArgument, HintedOption } from './hinted-option.js'
import { addLoadOptions } from './load-command-options.js'
import { type LayeredOptions, layeredOptions, layerOptions } from './option-sources.js'
import { profileKindNames, profileOutputs } from './profile-formats.js'
import { shells } from './shells.js'
import { templateNames } from './template-names.js'

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
  const context: Context = {
    program,
    world,
    targetCommand,
    argv,
    command: (name) => program.command(name).exitOverride(),
    end: setExitCode,
  }
  addDemo(context)
  addRun(context)
  addReport(context)
  addProfile(context)
  addInit(context)
  addDoctor(context)
  addCompletion(context)
  return program
}

interface Context {
  readonly program: Command
  readonly world: World
  readonly targetCommand: readonly string[] | null
  readonly argv: readonly string[]
  readonly command: (name: string) => Command
  readonly end: SetExitCode
}

function addDemo({ command, world, end }: Context): void {
  command('demo')
    .description('the main job on the embedded target, a small chat service: no arguments, under a minute')
    .option('--json', 'print run.json, and nothing else, on standard output')
    .addOption(new HintedOption('--out <folder>', 'where to keep the run'))
    .option('--quiet', 'no progress')
    .addHelpText('after', example('plimsoll demo'))
    .action(async (options: { json?: boolean; out?: string; quiet?: boolean }) => {
      const { demo } = await import('./commands/demo.js')
      end(await demo(options, world))
    })
}

const runExamples = [
  "plimsoll run ws://127.0.0.1:8080 -c 100 -r 5000 -d 20s --slo 'p99 < 50ms' --slo 'errors < 0.1%'",
  'plimsoll run http://127.0.0.1:3000/ -c 50 --explore',
  "plimsoll run http://127.0.0.1:3000/ -r 500 --slo 'p99 < 100ms' -- node server.js",
  'plimsoll run chat.ts -- node server.js',
  'plimsoll run chat.ts --dry',
  'plimsoll run chat.ts --every 10s --export junit=load.xml --export markdown=load.md',
  'plimsoll run chat.ts --json | jq .metrics.response',
]

const runSources = `
Options come from, in this order: the command line, environment variables
(PLIMSOLL_RATE, PLIMSOLL_CONNECT_RATE, …; several values on lines of their own),
${configFileName}, the scenario. A switch is taken back by --no-explore,
--no-reconnect and so on.
`

function addRun({ command, world, targetCommand, argv, end }: Context): void {
  const what = new HintedArgument('<what>', 'a ws:// or http:// URL, or a scenario (.ts, .js, .mjs)', 'file')
  addLoadOptions(command('run').addArgument(what))
    .description('drive a target and judge it')
    .usage('<what> [options] [-- command to start the target]')
    .addHelpText('after', runSources + example(...runExamples))
    .action(async (what: string, _: unknown, self: Command) => {
      const { run } = await import('./commands/run.js')
      const { options, spelled, sources } = optionsOf(self, world)
      end(await run({ what, options, targetCommand, argv: withWords(argv, spelled), sources }, world))
    })
}

/** The options of a load command from all their sources. */
function optionsOf(command: Command, world: World): LayeredOptions {
  const named = command.opts<{ config?: string }>().config ?? (world.env.PLIMSOLL_CONFIG || null)
  const config = readConfigFile(named, world.cwd, layeredOptions(command))
  return layerOptions(command, world.env, config)
}

/** The command line with more words, which stand before the command of the target. */
function withWords(argv: readonly string[], words: readonly string[]): string[] {
  const [own, target] = splitAtDashes(argv)
  return [...own, ...words, ...(target === null ? [] : ['--', ...target])]
}

function addReport({ command, world, end }: Context): void {
  command('report')
    .description('write a finished run in another form')
    .addArgument(new HintedArgument('<run>', 'the folder of a run, or its run.json', 'file'))
    .addOption(
      new HintedOption(
        '--format <format>',
        `${reportFormats.slice(0, -1).join(', ')} or ${reportFormats.at(-1)} (default summary)`,
        reportFormats,
      ),
    )
    .addOption(new HintedOption('-o, --output <file>', 'write to a file instead of standard output'))
    .option('--open', 'open the HTML report in a browser')
    .addOption(
      new HintedOption(
        '--against <run>',
        'of html: write the report with the profile of another run set against its own',
        'file',
      ),
    )
    .addOption(
      new HintedOption(
        '--metric <name>',
        'of hdr and percentiles: response, service, wait, slip, or one of them in another phase, such as warmup.response (default of percentiles: response; of hdr: all)',
        ['response', 'service', 'wait', 'slip', 'warmup.response', 'profiled.response'],
      ),
    )
    .option('--summary-trend <list>', 'of summary: statistics to print, e.g. p50,p95,p99,max')
    .addHelpText(
      'after',
      example(
        'plimsoll report .plimsoll/chat-20260101-120000',
        'plimsoll report RUN --open',
        'plimsoll report RUN --against OTHER --open',
        'plimsoll report RUN --format junit --output load.xml',
        'plimsoll report RUN --format markdown >> "$GITHUB_STEP_SUMMARY"',
        'plimsoll report RUN --format percentiles --metric service',
      ),
    )
    .action(async (path: string, options: ReportOptions) => {
      const { reportRun } = await import('./commands/report.js')
      end(await reportRun(path, options, world))
    })
}

const collect = (value: string, before: readonly string[] | undefined): string[] => [...(before ?? []), value]

function addProfile({ command, world, end }: Context): void {
  const format = new HintedOption(
    '--format <list>',
    `${profileOutputs.slice(0, -1).join(', ')} or ${profileOutputs.at(-1)} (default html; repeatable, or a list with commas)`,
    profileOutputs,
  ).argParser(collect)
  const allowHost = new HintedOption(
    '--allow-host <host>',
    'take a URL on a host that is neither loopback nor private (repeatable)',
  ).argParser(collect)
  command('profile')
    .description('flame graph of a running process, without a restart')
    .addArgument(
      new HintedArgument(
        '<what>',
        'a pid, :PORT, an inspector URL, a pprof URL, or a file (.cpuprofile, pprof, perf script)',
        'file',
      ),
    )
    .addOption(new HintedOption('--seconds <n>', 'how long (default 10)'))
    .addOption(
      new HintedOption(
        '--kind <kind>',
        'cpu, heap, or kernel: native code and the kernel, by perf (default cpu)',
        profileKindNames,
      ),
    )
    .addOption(format)
    .addOption(
      new HintedOption(
        '--out <path>',
        'a file, a folder, or - for standard output (default .plimsoll/profile-<time>)',
        'file',
      ),
    )
    .option(
      '--syscalls',
      'count system calls afterwards, by strace or perf trace: intrusive, it slows the process down',
    )
    .addOption(allowHost)
    .option('--quiet', 'no progress')
    .addHelpText(
      'after',
      example(
        'plimsoll profile 4242',
        'plimsoll profile :3000 --seconds 30 --format html,pprof',
        'plimsoll profile :3000 --kind kernel',
        'plimsoll profile http://127.0.0.1:6060/debug/pprof/profile --out go.html',
        'plimsoll profile 4242 --format collapsed --out - | flamegraph.pl > flame.svg',
        'plimsoll profile old.cpuprofile --format speedscope',
      ),
    )
    .action(async (what: string, options: ProfileOptions) => {
      const { profile } = await import('./commands/profile.js')
      end(await profile(what, options, world))
    })
}

function addInit({ command, world, end }: Context): void {
  command('init')
    .description('write a scenario to begin with')
    .addArgument(
      new HintedArgument('[file]', 'what to write (default the name of the template, .ts)', 'file'),
    )
    .addOption(
      new HintedOption(
        '--template <name>',
        'chat (WebSocket), shop (a session of HTTP and WebSocket) or http; a terminal is asked, elsewhere it is chat',
        templateNames,
      ),
    )
    .option('--force', 'replace a file that is there')
    .addHelpText(
      'after',
      example(
        'plimsoll init',
        'plimsoll init load/shop.ts --template shop',
        'plimsoll run load/shop.ts --dry',
      ),
    )
    .action(async (file: string | undefined, options: { template?: string; force?: boolean }) => {
      const { init } = await import('./commands/init.js')
      end(await init(file, options, world))
    })
}

function addDoctor({ command, world, end }: Context): void {
  command('doctor')
    .description('what on this machine would spoil or stop a test, and the fix')
    .option('-c, --connections <n>', 'connections that the test is to hold', '10000')
    .addHelpText('after', example('plimsoll doctor', 'plimsoll doctor -c 50000'))
    .action(async (options: { connections: string }) => {
      const { doctor } = await import('./commands/doctor.js')
      end(doctor(options.connections, world))
    })
}

function addCompletion({ command, program, world, end }: Context): void {
  command('completion')
    .description('print the script that completes commands and options in a shell')
    .addArgument(new HintedArgument('<shell>', shells.join(', '), shells))
    .addHelpText(
      'after',
      example(
        'plimsoll completion fish > ~/.config/fish/completions/plimsoll.fish',
        "echo 'source <(plimsoll completion bash)' >> ~/.bashrc",
        "echo 'source <(plimsoll completion zsh)' >> ~/.zshrc",
      ),
    )
    .action(async (shell: string) => {
      const { completion } = await import('./commands/completion.js')
      end(completion(shell, program, world))
    })
}

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
