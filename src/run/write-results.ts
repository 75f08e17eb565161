import { exitCodeFor } from '../analysis/verdict.js'
import { errorCatalogue } from '../kernel/errors.js'
import type { Exemplar } from '../measurement/exemplars.js'
import { rowsPerDoubling } from '../measurement/heat-map.js'
import { percentileCurve } from '../measurement/percentile-curve.js'
import { loadPageAssets, renderReport } from '../report/html/render-report.js'
import type { ExemplarJson, ReportData } from '../report/report-data.js'
import type { MetricName, RunJson } from '../report/run-json.js'
import { safeLine } from '../report/terminal/text-layout.js'
import { assembleRun } from './assemble-run.js'
import type { RunOutcome } from './conduct-run.js'
import type { ConductorParts } from './conductor.js'
import type { Evidence } from './evidence.js'
import { reportFlames, slowInProfile } from './report-flames.js'
import type { RunFolder } from './run-folder.js'
import type { TargetSession } from './target-session.js'
import { timelineLines, timelineSeconds } from './timeline-rows.js'

/** Of a target that ended, so much of its output is shown; the rest is in its log. */
const lastLines = 12

const curveMetrics = ['response', 'service', 'wait', 'slip'] as const satisfies readonly MetricName[]

/** Writes all files of a finished run. A file that cannot be written becomes a warning; the result stands. */
export async function writeResults(
  { folder, host }: ConductorParts,
  evidence: Evidence,
): Promise<RunOutcome> {
  const run = assembleRun(evidence)
  const data = reportData(run, evidence, host.loopback)
  folder.replace('run.json', `${JSON.stringify(run, null, 2)}\n`)
  folder.replace('timeline.ndjson', timelineLines(data.timeline))
  folder.replace(
    'exemplars.ndjson',
    data.exemplars.map((exemplar) => `${JSON.stringify(exemplar)}\n`).join(''),
  )
  folder.replace(
    'report-data.json',
    JSON.stringify({ curves: data.curves, heatMap: data.heatMap, flames: data.flames, slow: data.slow }),
  )
  folder.replace('report.html', renderReport(data, loadPageAssets()))
  await folder.settled()
  return {
    run,
    exitCode: exitCodeFor({
      verdict: run.verdict,
      interrupted: run.interrupted,
      targetGone: isGone(evidence, run),
    }),
    folder: folder.path,
    reportPath: folder.failure ? null : folder.file('report.html'),
    warnings: warningsOf(folder, evidence, run),
  }
}

const isUnreachable = ({ counters }: RunJson): boolean =>
  counters.connectionsOpened === 0 && counters.connectionsFailed > 0

/** The target never came up for us, or its process ended. */
const isGone = (evidence: Evidence, run: RunJson): boolean => evidence.targetGone || isUnreachable(run)

function warningsOf(folder: RunFolder, evidence: Evidence, run: RunJson): string[] {
  const warnings: string[] = []
  if (evidence.targetGone) warnings.push(describeEnd(evidence.target))
  else if (isUnreachable(run)) warnings.push(describeUnreachable(evidence, run))
  if (folder.failure) {
    warnings.push(`The run could not be kept whole in ${folder.path}: ${folder.failure.message}`)
  }
  return warnings
}

function describeUnreachable({ timeline }: Evidence, run: RunJson): string {
  const kinds = Object.keys(run.counters.errors.byKind)
  const reasons = kinds.map((kind) => {
    const detail = timeline.errorDetails[kind]
    return detail ? `${kind} (${safeLine(detail)})` : kind
  })
  const answered = kinds.every((kind) => kind.startsWith('tls-'))
  const hint = answered
    ? 'The target is there, but TLS does not come about.'
    : errorCatalogue.TARGET_UNREACHABLE.hint
  return `No connection to ${run.target} could be opened: ${reasons.join(', ')}.\n  ${hint}`
}

function describeEnd({ started }: TargetSession): string {
  const { hint } = errorCatalogue.TARGET_GONE
  const exit = started?.exit
  if (!exit) return `The process of the target ended during the run.\n  ${hint}`
  const how = exit.signal === null ? `ended with exit code ${exit.code}` : `was ended by ${exit.signal}`
  const lines = started.lastLines(lastLines).map((line) => `\n  ${safeLine(line)}`)
  return `The target ${how} during the run.${lines.length > 0 ? ` Its last output:${lines.join('')}` : `\n  ${hint}`}`
}

function reportData(run: RunJson, evidence: Evidence, loopback: boolean): ReportData {
  const { histograms } = evidence.timeline.totals('measured')
  const curves = Object.fromEntries(
    curveMetrics.map((metric) => [metric, percentileCurve(histograms[metric])]),
  )
  return {
    run,
    timeline: timelineSeconds(evidence.timeline.rows(), evidence),
    curves,
    heatMap: { rowsPerDoubling, columns: evidence.timeline.heatMap.columns() },
    exemplars: evidence.timeline.exemplars('measured').map(exemplarJson),
    flames: reportFlames(evidence),
    slow: slowInProfile(evidence, loopback),
  }
}

function exemplarJson(exemplar: Exemplar): ExemplarJson {
  const { kind, id, connection, intendedUs, slipUs, waitUs, serviceUs, problem } = exemplar
  return {
    kind,
    id,
    connection,
    intendedAt: intendedUs / 1e6,
    response: (slipUs + waitUs + serviceUs) / 1_000,
    slip: slipUs / 1_000,
    wait: waitUs / 1_000,
    service: serviceUs / 1_000,
    error: problem,
  }
}
