import { formatBytes, formatMs, formatNumber, formatShare } from '../kernel/units.js'
import { answerOf, loadPhrase, replyPhrase, unitsOfLoad, warmupPhrase, whatTheMeanHides } from './answer.js'
import {
  formatMargin,
  formatObserved,
  formatQuantity,
  formatStatistic,
  type Statistic,
} from './quantities.js'
import { ratesPhrase } from './rates.js'
import type { MetricJson, ObjectiveJson, RunJson, Verdict } from './run-json.js'
import type { TargetJson } from './target-schema.js'
import { safeLine } from './terminal/text-layout.js'

const signs: Readonly<Record<Verdict, string>> = {
  pass: '✅',
  fail: '❌',
  inconclusive: '❔',
  invalid: '⚠️',
  exploratory: '🔎',
}
const shownStatistics = ['p50', 'p90', 'p99', 'p99.9', 'max'] as const satisfies readonly Statistic[]

/**
 * A run as GitHub-flavoured Markdown, for the summary of a job or a comment on a pull request: verdict, objectives,
 * percentiles, and all else folded away. Texts from outside are escaped.
 */
export function renderMarkdown(run: RunJson): string {
  return `${[
    answerPart(run),
    objectivesPart(run),
    latencyPart(run),
    ratesPart(run),
    checksPart(run),
    foldedPart('Errors by kind', errorsTable(run)),
    foldedPart('Sessions, measures and groups', namedTable(run)),
    foldedPart('What the target spent its time on', hottestTable(run)),
    foldedPart('How it was measured', measuredPart(run)),
  ]
    .filter((part) => part !== '')
    .join('\n\n')}\n`
}

function answerPart(run: RunJson): string {
  const { verdict, word, headline, remarks } = answerOf(run)
  const lines = [`## ${signs[verdict]} ${word}: ${plain(run.name)}`, `**${plain(headline)}**`]
  if (remarks.length > 0) lines.push(plain(remarks.join(' ')))
  return lines.join('\n\n')
}

function objectivesPart(run: RunJson): string {
  if (run.slo.length === 0) return ''
  const judged = run.verdict !== 'invalid' && run.verdict !== 'exploratory'
  return table(
    ['', 'Objective', 'Observed', 'Limit', 'Margin'],
    run.slo.map((objective) => [
      judged ? objectiveSign(objective) : '–',
      code(objective.expression),
      `**${plain(formatObserved(objective))}**`,
      plain(formatQuantity(objective.limit, objective.unit)),
      plain(objective.ok === null ? (objective.note ?? '') : formatMargin(objective)),
    ]),
    [':-:', ':--', '--:', '--:', ':--'],
  )
}

const objectiveSign = ({ ok }: ObjectiveJson): string =>
  ok === null ? `${signs.inconclusive} open` : ok ? `${signs.pass} met` : `${signs.fail} missed`

function latencyPart(run: RunJson): string {
  const rows = ['response', 'slip', 'wait', 'service', 'session'].flatMap((name) => {
    const metric = run.metrics[name]
    return metric && metric.count > 0 ? [latencyRow(name, metric)] : []
  })
  if (rows.length === 0) return 'No replies were timed.'
  const metrics = Object.values(run.metrics)
  const marks = [
    metrics.some(({ unsure }) => unsure.length > 0) ? '~ fewer than 10 values lie beyond' : '',
    metrics.some(({ bounds }) => bounds.length > 0) ? '≥ a lower bound, among messages without a reply' : '',
  ].filter((mark) => mark !== '')
  const body = table(['', ...shownStatistics, 'values'], rows, [':--', ...rows[0]!.slice(1).map(() => '--:')])
  return marks.length > 0 ? `${body}\n\n<sub>${marks.join('; ')}</sub>` : body
}

const latencyRow = (name: string, metric: MetricJson): string[] => [
  name === 'response' ? '**Response**' : plain(capital(name)),
  ...shownStatistics.map((statistic) => plain(formatStatistic(metric, statistic))),
  formatNumber(metric.count),
]

function ratesPart(run: RunJson): string {
  const { counters } = run
  const { total } = counters.errors
  const attempts = counters.due + counters.connectionsOpened + counters.connectionsFailed
  const share = attempts > 0 ? ` (${formatShare(total / attempts)})` : ''
  const errors = total === 0 ? 'none' : `${formatNumber(total)}${share}`
  return `**Rate** ${plain(ratesPhrase(run))}  \n**Errors** ${errors}`
}

function checksPart(run: RunJson): string {
  const checks = Object.entries(run.checks ?? {})
  if (checks.length === 0) return ''
  return table(
    ['', 'Check', 'held', 'failed'],
    checks.map(([name, { passed, failed }]) => [
      failed === 0 ? signs.pass : signs.fail,
      plain(name),
      formatNumber(passed),
      formatNumber(failed),
    ]),
    [':-:', ':--', '--:', '--:'],
  )
}

function errorsTable({ counters }: RunJson): string {
  const kinds = Object.entries(counters.errors.byKind).toSorted((a, b) => b[1] - a[1])
  if (kinds.length === 0) return ''
  const rows = kinds.map(([kind, count]) => [code(kind), formatNumber(count)])
  return table(['Kind', 'Count'], rows, [':--', '--:'])
}

function namedTable({ sessions, measures, groups }: RunJson): string {
  const parts: string[] = []
  if (sessions) {
    const { started, completed, failed, unfinished } = sessions
    parts.push(
      `${formatNumber(started)} sessions started, ${formatNumber(completed)} completed, ${formatNumber(failed)} failed, ${formatNumber(unfinished)} unfinished.`,
    )
  }
  const rows = [
    ...Object.entries(measures).map(([name, metric]) => [name, metric, ''] as const),
    ...Object.entries(groups).map(
      ([name, { response, errors }]) => [name, response, formatNumber(errors)] as const,
    ),
  ].map(([name, metric, errors]) => [
    plain(name),
    ...shownStatistics.map((statistic) => plain(formatStatistic(metric, statistic))),
    formatNumber(metric.count),
    errors,
  ])
  if (rows.length > 0) {
    const aligned = [':--', ...rows[0]!.slice(1).map(() => '--:')]
    parts.push(table(['Name', ...shownStatistics, 'values', 'errors'], rows, aligned))
  }
  return parts.join('\n\n')
}

function hottestTable({ profile }: RunJson): string {
  if (!profile || profile.hottest.length === 0) return ''
  const rows = profile.hottest
    .slice(0, 10)
    .map(({ selfShare, function: name, file, line }) => [
      formatShare(selfShare),
      code(name),
      line > 0 ? code(`${file}:${line}`) : code(file),
    ])
  return table(['Self', 'Function', 'Where'], rows, ['--:', ':--', ':--'])
}

/** Only what was there: a core it had to wait for, a quota that was used up, connections that it did not accept. */
function whatHeldItBack({ runQueueWaitPercent, cgroup, network }: TargetJson): string[] {
  const wait = runQueueWaitPercent ?? 0
  const throttled = cgroup?.throttledShare ?? 0
  const overflows = network?.listenOverflows ?? 0
  return [
    ...(wait >= 5 ? [`waited for a core ${formatNumber(wait)} % of one`] : []),
    ...(throttled > 0 ? [`throttled in ${formatShare(throttled)} of its quota’s periods`] : []),
    ...(overflows > 0 ? [`accept queues overflowed ${formatNumber(overflows)} times in its namespace`] : []),
  ]
}

function measuredPart(run: RunJson): string {
  const { generator, load, targets, tool } = run
  const { floor } = generator
  const rows: string[][] = [
    ['Target', code(run.target)],
    [
      'Load',
      plain(
        `${load.model} model${load.arrival === null ? '' : `, ${load.arrival} arrivals`}: ${loadPhrase(run)}, ${formatMs(load.measuredSeconds * 1_000)} measured`,
      ),
    ],
    ['Warm-up', plain(warmupPhrase(run))],
    ['Replies', plain(`matched ${replyPhrase(run)}`)],
    [`${capital(unitsOfLoad(run))} due`, formatNumber(run.counters.due)],
    [
      'Generator',
      plain(
        [
          generator.verdict,
          ...(floor ? [`noise floor p50 ${formatMs(floor.p50)}, p99 ${formatMs(floor.p99)}`] : []),
          ...generator.reasons.map(({ code: name, detail }) => `${name}: ${detail}`),
        ].join('; '),
      ),
    ],
    ...targets.map((target) => [
      'Target process',
      plain(
        [
          target.pid === null ? target.kind : `pid ${target.pid}`,
          ...(target.cpuPercent === null ? [] : [`CPU ${formatNumber(target.cpuPercent)} % of a core`]),
          ...(target.rssBytes === null ? [] : [`RSS ${formatBytes(target.rssBytes)}`]),
          ...(target.eventLoopUtilization === null
            ? []
            : [`event-loop utilization ${formatNumber(target.eventLoopUtilization)}`]),
          ...whatHeldItBack(target),
        ].join(', '),
      ),
    ]),
    ['Machine', plain(`${tool.os}, ${tool.cpus} cores, Node ${tool.node}, Plimsoll ${tool.version}`)],
    ['Began', plain(run.startedAt)],
  ]
  const hidden = whatTheMeanHides(run)
  return [
    table(['', ''], rows, [':--', ':--']),
    ...(hidden === null ? [] : [plain(hidden)]),
    `To repeat it:\n\n${fence(run.command)}`,
  ].join('\n\n')
}

/** GitHub renders Markdown inside of `details` only where blank lines set it off. */
const foldedPart = (title: string, body: string): string =>
  body === '' ? '' : `<details>\n<summary>${title}</summary>\n\n${body}\n\n</details>`

function table(
  head: readonly string[],
  rows: ReadonlyArray<readonly string[]>,
  aligned: readonly string[],
): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [line(head), line(aligned), ...rows.map(line)].join('\n')
}

/** Text from outside on one line, with nothing in it that Markdown or HTML would take for markup. */
const plain = (text: string): string =>
  safeLine(text)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll(/[\\`*_~[\]|#@!]/g, '\\$&')

/** The same as code; a table splits at `|` even there, but for one with a backslash. */
function code(text: string): string {
  const line = safeLine(text).replaceAll('|', '\\|')
  const ticks = '`'.repeat(longestRunOfTicks(line) + 1)
  const padding = line.startsWith('`') || line.endsWith('`') ? ' ' : ''
  return line.trim() === '' ? '' : `${ticks}${padding}${line}${padding}${ticks}`
}

function fence(text: string): string {
  const ticks = '`'.repeat(Math.max(3, longestRunOfTicks(text) + 1))
  return `${ticks}sh\n${safeLine(text)}\n${ticks}`
}

const longestRunOfTicks = (text: string): number =>
  Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length))

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
