import { ExitCode } from '../kernel/errors.js'
import type { GeneratorVerdict } from './generator-health.js'

export type Verdict = 'pass' | 'fail' | 'inconclusive' | 'invalid' | 'exploratory'

/**
 * One word for a run. A generator that failed outranks every number; an objective that was missed outranks one that
 * the data cannot decide.
 */
export function decideVerdict(run: {
  readonly generatorVerdict: GeneratorVerdict
  readonly exploratory: boolean
  readonly objectives: ReadonlyArray<{ readonly ok: boolean | null }>
}): Verdict {
  if (run.generatorVerdict === 'invalid') return 'invalid'
  if (run.exploratory) return 'exploratory'
  if (run.objectives.some(({ ok }) => ok === false)) return 'fail'
  if (run.objectives.some(({ ok }) => ok === null)) return 'inconclusive'
  return 'pass'
}

/** The exit code of a run: Ctrl-C first, then a target that is gone, then the verdict. */
export function exitCodeFor(run: {
  readonly verdict: Verdict
  readonly interrupted: boolean
  readonly targetGone: boolean
}): ExitCode {
  if (run.interrupted) return ExitCode.interrupted
  if (run.targetGone) return ExitCode.unreachable
  if (run.verdict === 'invalid' || run.verdict === 'inconclusive') return ExitCode.invalid
  return run.verdict === 'fail' ? ExitCode.missed : ExitCode.ok
}
