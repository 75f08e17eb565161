import { type Command, Option } from 'commander'
import { configFileName } from './config-file.js'
import { exportFormats } from './export-formats.js'
import { HintedOption, type ValueHint } from './hinted-option.js'

interface OptionRow {
  readonly flags: string
  readonly description: string
  /** May be given several times. */
  readonly repeatable?: boolean
  /** What the value can be. */
  readonly hint?: ValueHint
}

/** The options that every load command shares; the help and docs/reference/cli.md are made from this table. */
export const loadOptionRows: readonly OptionRow[] = [
  {
    flags: '-c, --connections <n>',
    description: 'connections to hold open; of sessions, users that begin again and again (default 10)',
  },
  {
    flags: '-r, --rate <rate>',
    description:
      'messages or requests a second over all connections (of sessions, arrivals a second), e.g. 2000/s: the open model. Without it the model is closed: each connection sends again when it has its reply',
  },
  {
    flags: '-d, --duration <time>',
    description: 'length of the measured window, without the warm-up (default 10s)',
  },
  {
    flags: '--arrival <how>',
    description: 'spacing of the open model: constant or poisson (default constant)',
    hint: ['constant', 'poisson'],
  },
  {
    flags: '--warmup <time>',
    description: 'cut off at the start: a time, or auto to find the steady state (default 5s)',
    hint: ['auto'],
  },
  {
    flags: '--payload <text>',
    description:
      'the message, or @file; {{id}}, {{seq}}, {{now}}, {{uuid}}, {{random N}}, {{text MIN MAX}} and {{zipf N}} are filled in',
  },
  {
    flags: '--body-file <path>',
    description: 'the body of every HTTP request: a file of any size, read while it is sent',
  },
  {
    flags: '--pipelining <n>',
    description: 'HTTP requests on a connection that may be unanswered (default 1)',
  },
  {
    flags: '--reply <how>',
    description: 'how a reply is matched to its message: auto, fifo, json:PATH or none (default auto)',
    hint: ['auto', 'fifo', 'json:id', 'none'],
  },
  { flags: '--timeout <time>', description: 'how long a message may wait for its reply (default 10s)' },
  { flags: '-H, --header <line>', description: "a header, 'name: value'", repeatable: true },
  {
    flags: '-m, --method <method>',
    description: 'HTTP method (default GET; POST with --payload)',
    hint: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
  },
  { flags: '--subprotocol <name>', description: 'a WebSocket subprotocol to offer', repeatable: true },
  { flags: '--insecure', description: 'take any certificate of the target (wss, https)' },
  {
    flags: '--ca <file>',
    description: 'certificates to trust instead of those that Node trusts, PEM',
  },
  { flags: '--cert <file>', description: 'the client certificate, PEM; may hold its key too' },
  { flags: '--key <file>', description: 'the key of the client certificate, PEM, without a passphrase' },
  {
    flags: '--servername <name>',
    description: 'the name to ask for (SNI) and to check the certificate against (default: that of the URL)',
  },
  { flags: '--compression', description: 'offer WebSocket compression (permessage-deflate)' },
  {
    flags: '--slo <objective>',
    description: "what must hold, e.g. 'p99 < 50ms', 'errors < 0.1%'",
    repeatable: true,
  },
  { flags: '--abort-on-fail', description: 'stop as soon as an objective is surely lost' },
  { flags: '--explore', description: 'look without judging: no objective is needed' },
  {
    flags: '--observe <what>',
    description:
      'which process to watch: auto finds the listener of a loopback port, proc never attaches, none, or a pid (default auto)',
    hint: ['auto', 'proc', 'none'],
  },
  {
    flags: '--profile <when>',
    description: 'CPU profile: after the measured window, throughout it, or none (default after)',
    hint: ['after', 'throughout', 'none'],
  },
  {
    flags: '--pprof <url>',
    description: 'profile a Go service by its pprof URL, e.g. http://127.0.0.1:6060/debug/pprof',
  },
  {
    flags: '--syscalls',
    description:
      'count system calls by strace or perf trace for up to 3 s, when all else is measured; intrusive: it slows the target meanwhile',
  },
  { flags: '--connect-rate <rate>', description: 'new connections a second (default 2000/s)' },
  { flags: '--reconnect', description: 'open lost WebSockets again' },
  {
    flags: '--max-outstanding <n>',
    description: 'messages due and not answered; more are shed, as errors (default 1000000)',
  },
  {
    flags: '--workers <n>',
    description: 'generator processes (default: one less than the cores, since one is the target’s)',
  },
  { flags: '--seed <n>', description: 'of the random source: the same seed gives the same load (default 1)' },
  {
    flags: '--pacing <how>',
    description:
      'auto, spin (a core for each worker) or sleep (default auto: spins only on a core that is free)',
    hint: ['auto', 'spin', 'sleep'],
  },
  {
    flags: '--allow-host <host>',
    description: 'load a host that is neither loopback nor private',
    repeatable: true,
  },
  { flags: '--out <folder>', description: 'where to keep the run (default .plimsoll/<name>-<time>)' },
  {
    flags: '--export <format=file>',
    description: `write the result to a file as well, e.g. junit=load.xml: ${exportFormats.join(', ')}`,
    repeatable: true,
    hint: exportFormats.map((format) => `${format}=`),
  },
  {
    flags: '--summary-trend <list>',
    description:
      'statistics to print, e.g. p50,p95,p99,max: of min, mean, p50, p75, p90, p95, p99, p99.9, p99.99 and max',
  },
  {
    flags: '--every <time>',
    description: 'a plain line of progress so often, also on a terminal: for the logs of CI',
  },
  { flags: '--json', description: 'print run.json, and nothing else, on standard output' },
  { flags: '--quiet', description: 'no progress' },
  { flags: '--dry', description: 'show what would be sent, and send nothing' },
  {
    flags: '--config <file>',
    description: `options as JSON (default ${configFileName}, if it is there)`,
  },
]

const collect = (value: string, before: readonly string[] | undefined): string[] => [...(before ?? []), value]

/** Adds the options of the table; a switch can be taken back by `--no-…`, whoever turned it on. */
export function addLoadOptions(command: Command): Command {
  for (const { flags, description, repeatable, hint } of loadOptionRows) {
    const text = repeatable ? `${description} (repeatable)` : description
    const option = new HintedOption(flags, text, hint ?? null)
    if (repeatable) option.argParser(collect)
    command.addOption(option)
    if (option.isBoolean()) {
      command.addOption(new Option(option.long!.replace(/^--/, '--no-'), `not ${option.long}`).hideHelp())
    }
  }
  return command
}
