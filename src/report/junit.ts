import { formatMs } from '../kernel/units.js'
import { answerOf } from './answer.js'
import { formatMargin, formatObserved, formatQuantity } from './quantities.js'
import type { ObjectiveJson, RunJson } from './run-json.js'
import { renderSummary } from './terminal/summary.js'

type Outcome = 'passed' | 'failure' | 'error' | 'skipped'

interface TestCase {
  readonly name: string
  readonly outcome: Outcome
  /** One word for the machine: `missed`, `inconclusive`, `invalid`, … */
  readonly type: string
  readonly message: string
}

/**
 * A run as JUnit XML: a test case for each objective. A missed one is a failure. One that the data cannot decide, or
 * that belongs to an invalid measurement, is an error: the test did not come to a result, and must not pass for one.
 * Where a run only explores, its cases are skipped. A run that broke off has one more case that says so.
 */
export function renderJunit(run: RunJson): string {
  const cases = [...run.slo.map((objective) => caseOf(run, objective)), ...brokenOff(run)]
  if (cases.length === 0) cases.push(withoutObjective(run))
  const count = (outcome: Outcome): number => cases.filter((one) => one.outcome === outcome).length
  const seconds = run.load.measuredSeconds
  const totals = {
    name: run.name,
    tests: cases.length,
    failures: count('failure'),
    errors: count('error'),
    time: seconds.toFixed(3),
  }
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites${attributes({ ...totals, name: 'plimsoll' })}>`,
    `  <testsuite${attributes({ ...totals, skipped: count('skipped'), timestamp: run.startedAt.slice(0, 19) })}>`,
    '    <properties>',
    ...Object.entries(propertiesOf(run)).map(
      ([name, value]) => `      <property${attributes({ name, value })}/>`,
    ),
    '    </properties>',
    // Readers add the cases up: the time of the run is shared among them.
    ...cases.map((one) => renderCase(run, one, seconds / cases.length)),
    `    <system-out>${escapeXml(renderSummary(run, { colors: false, width: 100, reportPath: null }))}</system-out>`,
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n')
}

function caseOf(run: RunJson, objective: ObjectiveJson): TestCase {
  const name = objective.expression
  const { verdict } = run
  if (verdict === 'invalid') {
    return { name, outcome: 'error', type: 'invalid', message: answerOf(run).headline }
  }
  if (verdict === 'exploratory') {
    return { name, outcome: 'skipped', type: 'exploratory', message: `${factsOf(objective)}; not judged` }
  }
  if (objective.ok === true) return { name, outcome: 'passed', type: 'met', message: factsOf(objective) }
  if (objective.ok === false) return { name, outcome: 'failure', type: 'missed', message: factsOf(objective) }
  const why = objective.note ?? 'too little data'
  return { name, outcome: 'error', type: 'inconclusive', message: `${factsOf(objective)}; ${why}` }
}

/** `p99 38 ms, limit 50 ms, 24 % below the limit` */
function factsOf(objective: ObjectiveJson): string {
  const { limit, unit, interval } = objective
  const range = interval
    ? `95 % interval ${formatQuantity(interval[0], unit)} to ${formatQuantity(interval[1], unit)}`
    : ''
  return [
    `observed ${formatObserved(objective)}`,
    `limit ${formatQuantity(limit, unit)}`,
    formatMargin(objective),
    range,
  ]
    .filter((part) => part !== '')
    .join(', ')
}

function brokenOff(run: RunJson): TestCase[] {
  const cases: TestCase[] = []
  const add = (type: string, message: string): void => {
    cases.push({ name: 'the run ends as planned', outcome: 'error', type, message })
  }
  if (run.interrupted)
    add('interrupted', `Interrupted after ${formatMs(run.load.measuredSeconds * 1_000)} of measuring.`)
  else if (run.settings.targetGone === true) add('target-gone', 'The target ended during the run.')
  return cases
}

/** CI servers take a report without any case for a broken one. */
function withoutObjective(run: RunJson): TestCase {
  const invalid = run.verdict === 'invalid'
  return {
    name: 'no objective',
    outcome: invalid ? 'error' : 'skipped',
    type: run.verdict,
    message: answerOf(run).headline,
  }
}

function renderCase(run: RunJson, { name, outcome, type, message }: TestCase, seconds: number): string {
  const head = `    <testcase${attributes({ classname: `plimsoll.${run.name}`, name, time: seconds.toFixed(3) })}`
  if (outcome === 'passed') return `${head}/>`
  const { headline, remarks } = answerOf(run)
  const body = escapeXml([headline, ...remarks].join('\n'))
  return `${head}>\n      <${outcome}${attributes({ type, message })}>${body}</${outcome}>\n    </testcase>`
}

const propertiesOf = (run: RunJson): Record<string, string> => ({
  verdict: run.verdict,
  target: run.target,
  model: run.load.model,
  command: run.command,
  'tool.version': run.tool.version,
  'generator.verdict': run.generator.verdict,
})

const attributes = (values: Readonly<Record<string, string | number>>): string =>
  Object.entries(values)
    .map(([name, value]) => ` ${name}="${escapeXml(String(value)).replaceAll(/[\t\n\r]+/g, ' ')}"`)
    .join('')

/** Characters that XML 1.0 forbids, in whatever spelling, become U+FFFD. */
const escapeXml = (text: string): string =>
  text
    .replaceAll(/\p{Surrogate}/gu, '\ufffd')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: it is what must not be there
    .replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
