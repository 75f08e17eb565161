import { stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { ExitCode, PlimsollError } from '../../kernel/errors.js'
import { type World, wantsColors } from '../../kernel/world.js'
import { renderSummary } from '../../report/terminal/summary.js'
import { parseTrend } from '../../report/terminal/trend.js'
import { folderOf, readRun } from '../../run/read-run.js'
import { type ReportFormat, readFormat, reportFormats } from '../export-formats.js'
import { openFile } from '../open-file.js'
import { renderAgainst, renderFormat, writeText } from '../render-format.js'

export interface ReportOptions {
  readonly format?: string
  readonly output?: string
  readonly open?: boolean
  readonly against?: string
  readonly metric?: string
  readonly summaryTrend?: string
}

/** `plimsoll report`: a finished run in another form, on standard output or in a file. */
export async function reportRun(path: string, options: ReportOptions, world: World): Promise<ExitCode> {
  const page = options.open || options.against !== undefined
  const format = readFormat(options.format ?? (page ? 'html' : 'summary'), reportFormats)
  refuseIdleOptions(format, options)
  if (options.against !== undefined) {
    const file = resolve(world.cwd, options.output ?? join(await folderOf(path), 'report.html'))
    await writeText(file, world.cwd, await renderAgainst(path, options.against))
    world.stdout.write(`Report   ${file}\n`)
    if (options.open) await openFile(file)
    return ExitCode.ok
  }
  if (options.open) {
    await openReport(path, options.output ?? null, world)
    return ExitCode.ok
  }
  const text = await render(path, format, options, world)
  if (options.output === undefined) world.stdout.write(text)
  else await writeText(options.output, world.cwd, text)
  return ExitCode.ok
}

/** An option that another format would heed: better said than passed over. */
function refuseIdleOptions(
  format: ReportFormat,
  { open, against, metric, summaryTrend }: ReportOptions,
): void {
  const refuse = (option: string, formats: string): never => {
    throw new PlimsollError('USAGE', `${option} has no effect on --format ${format}.`, {
      hint: `It belongs to --format ${formats}.`,
    })
  }
  if (open && format !== 'html') refuse('--open', 'html')
  if (against !== undefined && format !== 'html') refuse('--against', 'html')
  if (metric !== undefined && format !== 'hdr' && format !== 'percentiles')
    refuse('--metric', 'hdr and percentiles')
  if (summaryTrend !== undefined && format !== 'summary') refuse('--summary-trend', 'summary')
}

async function render(
  path: string,
  format: ReportFormat,
  { output, metric, summaryTrend }: ReportOptions,
  world: World,
): Promise<string> {
  if (format !== 'summary') return await renderFormat(format, path, metric ?? null)
  return renderSummary(await readRun(path), {
    colors: output === undefined && wantsColors(world.stdout, world.env),
    width: Math.min(100, world.stdout.columns),
    reportPath: null,
    ...(summaryTrend === undefined ? {} : { trend: parseTrend(summaryTrend) }),
  })
}

/** The page that the run left, or a new one where it left none or another file is named. */
async function openReport(path: string, output: string | null, world: World): Promise<void> {
  const file = resolve(world.cwd, output ?? join(await folderOf(path), 'report.html'))
  const isThere = await stat(file).then(
    () => true,
    () => false,
  )
  if (output !== null || !isThere) await writeText(file, world.cwd, await renderFormat('html', path))
  await openFile(file)
}
