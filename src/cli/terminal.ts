import { type World, wantsColors } from '../kernel/world.js'
import { Progress, type ProgressSnapshot } from '../report/terminal/progress.js'
import { renderSummary } from '../report/terminal/summary.js'
import type { RunOutcome, RunTerminal } from '../run/conduct-run.js'

const plainEverySeconds = 5

export interface TerminalOptions {
  readonly json: boolean
  readonly quiet: boolean
}

export interface CommandTerminal extends RunTerminal {
  /** Prints the outcome on standard output. */
  result(outcome: RunOutcome): void
}

/** Progress goes to standard error, the result to standard output: so that a pipe can read it. */
export function openTerminal(world: World, options: TerminalOptions): CommandTerminal {
  const progress = new Progress(world.stderr, {
    colors: wantsColors(world.stderr, world.env),
    plainEverySeconds,
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
        world.stdout.write(
          renderSummary(run, { colors, width: Math.min(100, world.stdout.columns), reportPath }),
        )
      }
      for (const warning of warnings) world.stderr.write(`plimsoll: ${warning}\n`)
    },
  }
}
