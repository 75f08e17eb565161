import { PlimsollError } from '../kernel/errors.js'
import { parseDuration } from '../kernel/units.js'
import { type World, wantsColors } from '../kernel/world.js'
import type { Statistic } from '../report/quantities.js'
import { Progress } from '../report/terminal/progress.js'
import type { ProgressSnapshot } from '../report/terminal/progress-lines.js'
import { renderSummary } from '../report/terminal/summary.js'
import { parseTrend } from '../report/terminal/trend.js'
import type { RunOutcome, RunTerminal } from '../run/conduct-run.js'
import type { LoadOptions } from '../run/load-options.js'

const plainEverySeconds = 5

export interface TerminalOptions {
  readonly json: boolean
  readonly quiet: boolean
  /** Plain lines of progress, so many seconds apart; null for what the terminal can do. */
  readonly everySeconds: number | null
  readonly trend: readonly Statistic[] | null
}

/** @throws PlimsollError BAD_VALUE, USAGE */
export function readTerminalOptions(options: LoadOptions): TerminalOptions {
  const { json, quiet, every, summaryTrend } = options
  const everySeconds = every === undefined ? null : parseDuration(every) / 1_000
  if (everySeconds === 0) throw new PlimsollError('BAD_VALUE', 'The time of --every must be above 0.')
  return {
    json: json ?? false,
    quiet: quiet ?? false,
    everySeconds,
    trend: summaryTrend === undefined ? null : parseTrend(summaryTrend),
  }
}

export interface CommandTerminal extends RunTerminal {
  /** Prints the outcome on standard output. */
  result(outcome: RunOutcome): void
}

/** Progress goes to standard error, the result to standard output: so that a pipe can read it. */
export function openTerminal(world: World, options: TerminalOptions): CommandTerminal {
  const progress = new Progress(world.stderr, {
    colors: wantsColors(world.stderr, world.env),
    redraw: world.stderr.isTTY && world.env.TERM !== 'dumb' && options.everySeconds === null,
    plainEverySeconds: options.everySeconds ?? plainEverySeconds,
  })
  return {
    say(line: string) {
      if (!options.quiet) progress.message(line)
    },
    progress(snapshot: ProgressSnapshot) {
      if (!options.quiet) progress.update(snapshot)
    },
    progressDone() {
      progress.done()
    },
    result({ run, reportPath, warnings }: RunOutcome) {
      if (options.json) {
        world.stdout.write(`${JSON.stringify(run, null, 2)}\n`)
      } else {
        const colors = wantsColors(world.stdout, world.env)
        const { trend } = options
        const width = Math.min(100, world.stdout.columns)
        world.stdout.write(
          renderSummary(run, { colors, width, reportPath, ...(trend === null ? {} : { trend }) }),
        )
      }
      for (const warning of warnings) world.stderr.write(`plimsoll: ${warning}\n`)
    },
  }
}
