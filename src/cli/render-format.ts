import { access, constants, writeFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { PlimsollError } from '../kernel/errors.js'
import { nearMiss } from '../kernel/near-miss.js'
import { Histogram } from '../measurement/histogram.js'
import { readIntervalLog } from '../measurement/interval-log.js'
import { renderCsv } from '../report/csv.js'
import { tagsOf, untaggedLog } from '../report/hdr.js'
import { loadPageAssets, renderReport } from '../report/html/render-report.js'
import { renderJunit } from '../report/junit.js'
import { renderMarkdown } from '../report/markdown.js'
import { renderPercentiles } from '../report/percentiles.js'
import { readAgainst } from '../run/read-against.js'
import { readLatencyLog, readReportData, readRun } from '../run/read-run.js'
import type { Export, ExportFormat } from './export-formats.js'

/**
 * A finished run in another form.
 * @param path the folder of the run, or its run.json
 * @param metric of the formats hdr and percentiles: a tag of the interval log; null for all of them, or `response`
 * @throws PlimsollError RUN_UNREADABLE, USAGE for a metric that was not logged
 */
export async function renderFormat(
  format: ExportFormat,
  path: string,
  metric: string | null = null,
): Promise<string> {
  switch (format) {
    case 'html':
      return renderReport(await readReportData(path), loadPageAssets())
    case 'json':
      return `${JSON.stringify(await readRun(path), null, 2)}\n`
    case 'junit':
      return renderJunit(await readRun(path))
    case 'markdown':
      return renderMarkdown(await readRun(path))
    case 'csv':
      return renderCsv((await readReportData(path)).timeline)
    case 'hdr': {
      const log = await readLatencyLog(path)
      return metric === null ? log : untaggedLog(log, knownTag(log, metric))
    }
    case 'percentiles':
      return renderPercentiles(wholeOf(await readLatencyLog(path), metric))
  }
}

/**
 * The HTML report of a run with the profile of another set against its own.
 * @throws PlimsollError RUN_UNREADABLE, USAGE where one of them has no profile
 */
export async function renderAgainst(path: string, otherPath: string): Promise<string> {
  const { data, against } = await readAgainst(path, otherPath)
  return renderReport(data, loadPageAssets(), against)
}

/** All intervals of one metric together. A run without a reply has an empty distribution. */
function wholeOf(log: string, metric: string | null): Histogram {
  const tag = metric === null ? 'response' : knownTag(log, metric)
  const whole = new Histogram()
  for (const interval of readIntervalLog(log).intervals) {
    if (interval.tag === tag) whole.add(interval.histogram)
  }
  return whole
}

function knownTag(log: string, metric: string): string {
  const tags = tagsOf(log)
  if (tags.includes(metric)) return metric
  const near = nearMiss(metric, tags)
  throw new PlimsollError('USAGE', `The interval log of this run holds no '${metric}'.`, {
    hint: `${near ? `Did you mean '${near}'? ` : ''}It holds ${tags.join(', ') || 'nothing'}.`,
  })
}

/** @throws PlimsollError OUTPUT_UNWRITABLE */
export async function writeText(file: string, folder: string, text: string): Promise<void> {
  await writeFile(resolve(folder, file), text).catch((cause: unknown) => {
    throw unwritable(file, cause)
  })
}

/**
 * Finds out before a run whether its exports will have a place.
 * @throws PlimsollError OUTPUT_UNWRITABLE
 */
export async function checkExports(exports: readonly Export[], folder: string): Promise<void> {
  for (const { file } of exports) {
    await access(dirname(resolve(folder, file)), constants.W_OK).catch((cause: unknown) => {
      throw unwritable(file, cause)
    })
  }
}

const unwritable = (file: string, cause: unknown): PlimsollError =>
  new PlimsollError('OUTPUT_UNWRITABLE', `${file} cannot be written: ${(cause as Error).message}`, {
    hint: 'Name a file in a folder that exists and can be written.',
    cause,
  })
