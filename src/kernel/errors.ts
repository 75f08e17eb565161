/** Exit codes of the `plimsoll` command; scripts depend on them. */
export const ExitCode = {
  ok: 0,
  missed: 1,
  usage: 2,
  unreachable: 3,
  invalid: 4,
  bug: 70,
  interrupted: 130,
} as const
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode]

interface CatalogueEntry {
  readonly exit: ExitCode
  /** What to do about it, where the throwing code gives no better hint. */
  readonly hint: string
}

/** Every error that a user can meet: one code, one exit code, one default hint. `docs/reference/errors.md` is generated from it. */
export const errorCatalogue = {
  USAGE: { exit: ExitCode.usage, hint: 'See `plimsoll --help`.' },
  BAD_VALUE: {
    exit: ExitCode.usage,
    hint: 'Durations read like 500ms or 30s, rates like 2000/s, sizes like 1KiB.',
  },
  NO_OBJECTIVE: {
    exit: ExitCode.usage,
    hint: "Say what counts as good before the test, e.g. --slo 'p99 < 50ms', or add --explore to look without judging.",
  },
  BAD_OBJECTIVE: {
    exit: ExitCode.usage,
    hint: "An objective reads like 'p99 < 50ms', 'service.p99.9 <= 0.2s' or 'errors < 0.1%'.",
  },
  SCENARIO_UNREADABLE: {
    exit: ExitCode.usage,
    hint: 'A scenario file exports defineScenario({...}) as its default.',
  },
  DATA_UNREADABLE: {
    exit: ExitCode.usage,
    hint: 'Correct the named line. A CSV file begins with a header; JSON is one array, or one value a line.',
  },
  FEEDER_EXHAUSTED: {
    exit: ExitCode.usage,
    hint: "Give the feeder more rows, run fewer sessions, or let rows come again with order: 'sequence'.",
  },
  SCENARIO_INVALID: { exit: ExitCode.usage, hint: 'Correct the named field.' },
  CONFIG_INVALID: {
    exit: ExitCode.usage,
    hint: 'A configuration file is a JSON object of options, such as {"rate": "500/s", "slo": ["p99 < 50ms"]}.',
  },
  UNSUPPORTED_TARGET: { exit: ExitCode.usage, hint: 'A target is a ws://, wss://, http:// or https:// URL.' },
  TLS_FILE_UNUSABLE: {
    exit: ExitCode.usage,
    hint: 'Certificates and keys are PEM files, keys without a passphrase.',
  },
  HOST_NOT_ALLOWED: {
    exit: ExitCode.usage,
    hint: 'Load goes to loopback and private addresses only. If this host is yours to load, name it with --allow-host.',
  },
  OUTPUT_UNWRITABLE: { exit: ExitCode.usage, hint: 'Choose a writable folder with --out.' },
  RUN_UNREADABLE: { exit: ExitCode.usage, hint: 'Name a run folder (it holds run.json) or a run.json.' },
  FILE_EXISTS: { exit: ExitCode.usage, hint: 'Choose another name, or replace it with --force.' },
  NO_BROWSER: { exit: ExitCode.usage, hint: 'Open the file in a browser yourself.' },
  TARGET_UNREACHABLE: {
    exit: ExitCode.unreachable,
    hint: 'Is the service running, and is this its address?',
  },
  TARGET_DID_NOT_START: {
    exit: ExitCode.unreachable,
    hint: 'Run the command after -- by hand and see whether it listens on the target port.',
  },
  TARGET_GONE: { exit: ExitCode.unreachable, hint: 'Look at the target’s own log for why it ended.' },
  ATTACH_FAILED: { exit: ExitCode.bug, hint: 'The run goes on without a profile.' },
  PROFILE_FAILED: {
    exit: ExitCode.invalid,
    hint: 'Look whether the process still runs, and whether you may look into it: as its own user, or as root.',
  },
  PROFILE_UNREADABLE: {
    exit: ExitCode.usage,
    hint: 'Name a .cpuprofile, a pprof profile (.pb.gz), or what `perf script` printed.',
  },
  BUG: {
    exit: ExitCode.bug,
    hint: 'This is a bug of Plimsoll’s own. Please report it with the lines above.',
  },
} as const satisfies Record<string, CatalogueEntry>

export type ErrorCode = keyof typeof errorCatalogue

/** An error that a user is meant to read: no stack trace is printed for it. */
export class PlimsollError extends Error {
  readonly code: ErrorCode
  readonly hint: string
  readonly exitCode: ExitCode

  constructor(code: ErrorCode, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, { cause: options.cause })
    this.name = 'PlimsollError'
    this.code = code
    this.hint = options.hint ?? errorCatalogue[code].hint
    this.exitCode = errorCatalogue[code].exit
  }
}
