import { ExitCode, PlimsollError } from '../../kernel/errors.js'
import { nearMiss } from '../../kernel/near-miss.js'
import { type World, wantsColors } from '../../kernel/world.js'
import { loadPageAssets, renderReport } from '../../report/html/render-report.js'
import { renderSummary } from '../../report/terminal/summary.js'
import { readReportData, readRun } from '../../run/read-run.js'

const formats = ['summary', 'html', 'json'] as const

/** `plimsoll report`: a finished run in another form, on standard output. */
export async function reportRun(path: string, format: string, world: World): Promise<ExitCode> {
  switch (format) {
    case 'summary': {
      const width = Math.min(100, world.stdout.columns)
      const colors = wantsColors(world.stdout, world.env)
      world.stdout.write(renderSummary(await readRun(path), { colors, width, reportPath: null }))
      return ExitCode.ok
    }
    case 'json':
      world.stdout.write(`${JSON.stringify(await readRun(path), null, 2)}\n`)
      return ExitCode.ok
    case 'html':
      world.stdout.write(renderReport(await readReportData(path), loadPageAssets()))
      return ExitCode.ok
    default: {
      const near = nearMiss(format, formats)
      throw new PlimsollError('USAGE', `'${format}' is not a format of reports.`, {
        hint: `${near ? `Did you mean '${near}'? ` : ''}It is one of ${formats.join(', ')}.`,
      })
    }
  }
}
