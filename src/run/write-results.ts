import { exitCodeFor } from '../analysis/verdict.js'
import { percentileCurve } from '../measurement/percentile-curve.js'
import type { Exemplar } from '../measurement/timeline.js'
import { loadPageAssets, renderReport } from '../report/html/render-report.js'
import type { ExemplarJson, MetricName, ReportData, RunJson } from '../report/run-json.js'
import { assembleRun, type Evidence } from './assemble-run.js'
import type { RunOutcome } from './conduct-run.js'
import type { ConductorParts } from './conductor.js'
import { timelineLines, timelineSeconds } from './timeline-rows.js'

const curveMetrics = ['response', 'service', 'wait', 'slip'] as const satisfies readonly MetricName[]

/** Writes all files of a finished run. A file that cannot be written becomes a warning; the result stands. */
export async function writeResults({ folder }: ConductorParts, evidence: Evidence): Promise<RunOutcome> {
  const run = assembleRun(evidence)
  const data = reportData(run, evidence)
  folder.replace('run.json', `${JSON.stringify(run, null, 2)}\n`)
  folder.replace('timeline.ndjson', timelineLines(data.timeline))
  folder.replace(
    'exemplars.ndjson',
    data.exemplars.map((exemplar) => `${JSON.stringify(exemplar)}\n`).join(''),
  )
  folder.replace('report-data.json', JSON.stringify({ curves: data.curves, flame: data.flame }))
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
    warnings: folder.failure
      ? [`The run could not be kept whole in ${folder.path}: ${folder.failure.message}`]
      : [],
  }
}

/** The target never came up for us, or its process ended. */
const isGone = (evidence: Evidence, run: RunJson): boolean =>
  evidence.targetGone || (run.counters.connectionsOpened === 0 && !run.interrupted)

function reportData(run: RunJson, evidence: Evidence): ReportData {
  const { histograms } = evidence.timeline.totals('measured')
  const curves = Object.fromEntries(
    curveMetrics.map((metric) => [metric, percentileCurve(histograms[metric])]),
  )
  return {
    run,
    timeline: timelineSeconds(evidence.timeline.rows(), evidence),
    curves,
    exemplars: evidence.timeline.exemplars('measured').map(exemplarJson),
    flame: evidence.target.profile?.analysis.flame ?? null,
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
