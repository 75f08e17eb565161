import { PlimsollError } from '../kernel/errors.js'
import { nearMiss } from '../kernel/near-miss.js'

/** What a finished run can be written as. */
export const exportFormats = ['html', 'json', 'junit', 'markdown', 'csv', 'hdr', 'percentiles'] as const
export type ExportFormat = (typeof exportFormats)[number]

/** The formats of `plimsoll report`: those, and what `run` prints. */
export const reportFormats = ['summary', ...exportFormats] as const
export type ReportFormat = (typeof reportFormats)[number]

/**
 * @param formats those that may be asked for
 * @throws PlimsollError USAGE, with the near miss
 */
export function readFormat<Format extends string>(text: string, formats: readonly Format[]): Format {
  const found = formats.find((format) => format === text)
  if (found !== undefined) return found
  const near = nearMiss(text, formats)
  throw new PlimsollError('USAGE', `'${text}' is not a format of reports.`, {
    hint: `${near ? `Did you mean '${near}'? ` : ''}It is one of ${formats.join(', ')}.`,
  })
}

export interface Export {
  readonly format: ExportFormat
  readonly file: string
}

/**
 * Reads `junit=load.xml`.
 * @throws PlimsollError USAGE
 */
export function readExport(text: string): Export {
  const at = text.indexOf('=')
  if (at < 0 || at === text.length - 1) {
    throw new PlimsollError('USAGE', `--export takes a format and a file, not '${text}'.`, {
      hint: 'Write it like --export junit=load.xml.',
    })
  }
  return { format: readFormat(text.slice(0, at), exportFormats), file: text.slice(at + 1) }
}
