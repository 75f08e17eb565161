import type { Command } from 'commander'

interface OptionRow {
  readonly flags: string
  readonly description: string
  /** May be given several times. */
  readonly repeatable?: boolean
}

/** The options that every load command shares; the help and docs/reference/cli.md are made from this table. */
export const loadOptionRows: readonly OptionRow[] = [
  { flags: '-c, --connections <n>', description: 'connections to hold open (default 10)' },
  {
    flags: '-r, --rate <rate>',
    description:
      'messages or requests a second over all connections, e.g. 2000/s: the open model. Without it the model is closed: each connection sends again when it has its reply',
  },
  {
    flags: '-d, --duration <time>',
    description: 'length of the measured window, without the warm-up (default 10s)',
  },
  {
    flags: '--arrival <how>',
    description: 'spacing of the open model: constant or poisson (default constant)',
  },
  {
    flags: '--warmup <time>',
    description: 'cut off at the start: a time, or auto to find the steady state (default 5s)',
  },
  {
    flags: '--payload <text>',
    description: 'the message, or @file; {{id}}, {{seq}}, {{random N}} and {{now}} are filled in',
  },
  {
    flags: '--reply <how>',
    description: 'how a reply is matched to its message: auto, fifo, json:PATH or none (default auto)',
  },
  { flags: '--timeout <time>', description: 'how long a message may wait for its reply (default 10s)' },
  { flags: '-H, --header <line>', description: "a header, 'name: value'", repeatable: true },
  { flags: '-m, --method <method>', description: 'HTTP method (default GET; POST with --payload)' },
  { flags: '--subprotocol <name>', description: 'a WebSocket subprotocol to offer', repeatable: true },
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
  },
  {
    flags: '--profile <when>',
    description: 'CPU profile: after the measured window, throughout it, or none (default after)',
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
  },
  {
    flags: '--allow-host <host>',
    description: 'load a host that is neither loopback nor private',
    repeatable: true,
  },
  { flags: '--out <folder>', description: 'where to keep the run (default .plimsoll/<name>-<time>)' },
  { flags: '--json', description: 'print run.json, and nothing else, on standard output' },
  { flags: '--quiet', description: 'no progress' },
]

const collect = (value: string, before: readonly string[] | undefined): string[] => [...(before ?? []), value]

export function addLoadOptions(command: Command): Command {
  for (const { flags, description, repeatable } of loadOptionRows) {
    if (repeatable) command.option(flags, `${description} (repeatable)`, collect)
    else command.option(flags, description)
  }
  return command
}
