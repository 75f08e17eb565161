import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { basename, extname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PlimsollError } from '../../kernel/errors.js'
import { CsvForm } from './csv-form.js'
import { JsonArrayForm } from './json-array-form.js'
import { LineForm, parseJson } from './line-form.js'
import { RowCursor, type RowFile } from './row-cursor.js'
import { isBlank, newline, type RowForm } from './row-form.js'

/** A path relative to the working directory, or a URL such as `new URL('./users.csv', import.meta.url)`. */
export type DataFile = string | URL

type OpenFile = Omit<RowFile<never>, 'form'>

const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf])

/** @throws PlimsollError DATA_UNREADABLE */
function openFile(file: DataFile): OpenFile {
  const name = typeof file === 'string' ? file : basename(file.pathname)
  try {
    const descriptor = openSync(typeof file === 'string' ? resolve(file) : fileURLToPath(file), 'r')
    if (!fstatSync(descriptor).isFile()) {
      closeSync(descriptor)
      throw new Error('it is not a file')
    }
    const head = Buffer.alloc(byteOrderMark.length)
    const marked = readSync(descriptor, head, 0, head.length, 0) === 3 && head.equals(byteOrderMark)
    return { name, descriptor, begin: { offset: marked ? head.length : 0, line: 1 } }
  } catch (cause) {
    throw new PlimsollError('DATA_UNREADABLE', `Cannot read the data ${name}: ${(cause as Error).message}.`, {
      hint: "A path is relative to the working directory; new URL('./users.csv', import.meta.url) is relative to the scenario.",
      cause,
    })
  }
}

/** Closes the file if what is done with it fails. */
function guarded<Result>(open: OpenFile, use: () => Result): Result {
  try {
    return use()
  } catch (error) {
    closeSync(open.descriptor)
    throw error
  }
}

export interface CsvOptions {
  /** What separates the fields. Default `','`. */
  readonly delimiter?: string
  /** The names of the columns, for a file whose first row is no header. */
  readonly columns?: readonly string[]
}

/** @throws PlimsollError DATA_UNREADABLE */
export function openCsv<Row>(file: DataFile, options: CsvOptions): RowFile<Row> {
  const open = openFile(file)
  return guarded(open, () => {
    const form = new CsvForm(options.delimiter ?? ',')
    if (options.columns) return { ...open, form: new RecordForm<Row>(form, options.columns) }
    const cursor = new RowCursor({ ...open, form })
    const header = cursor.take()
    if (!header) throw noRows(open.name)
    const columns = header.map((column) => column.trim())
    return { ...open, begin: cursor.place, form: new RecordForm<Row>(form, checked(columns, open)) }
  })
}

function checked(columns: readonly string[], { name, begin }: OpenFile): readonly string[] {
  const twice = columns.find((column, index) => columns.indexOf(column) !== index)
  if (twice === undefined) return columns
  throw new PlimsollError('DATA_UNREADABLE', `${name}:${begin.line}: the header names '${twice}' twice.`, {
    hint: 'Give each column a name of its own, or give the names with `columns` where there is no header.',
  })
}

/** Records of a CSV file as objects. */
class RecordForm<Row> implements RowForm<Row> {
  readonly find: RowForm<Row>['find']
  readonly #form: CsvForm
  readonly #columns: readonly string[]

  constructor(form: CsvForm, columns: readonly string[]) {
    this.#form = form
    this.#columns = columns
    this.find = form.find.bind(form)
  }

  parse(text: string): Row {
    const fields = this.#form.parse(text)
    if (fields.length !== this.#columns.length) {
      throw new Error(
        `${count(fields.length, 'field')} where there are ${count(this.#columns.length, 'column')}`,
      )
    }
    const row: Record<string, string> = {}
    for (let at = 0; at < fields.length; at++) row[this.#columns[at]!] = fields[at]!
    return row as Row
  }
}

const count = (number: number, what: string): string => `${number} ${what}${number === 1 ? '' : 's'}`

export interface JsonOptions {
  /**
   * One array, or one value a line (NDJSON). Default: lines for `.ndjson` and `.jsonl` and where the file does not
   * begin with `[`.
   */
  readonly format?: 'array' | 'lines'
}

/** @throws PlimsollError DATA_UNREADABLE */
export function openJson<Row>(file: DataFile, options: JsonOptions): RowFile<Row> {
  const open = openFile(file)
  return guarded(open, () => {
    const start = firstByte(open)
    const isArray = start.byte === '['.charCodeAt(0)
    const named = /^\.(ndjson|jsonl)$/i.test(extname(open.name)) ? 'lines' : 'array'
    const format = options.format ?? (isArray ? named : 'lines')
    if (format === 'lines') return { ...open, form: new LineForm((text) => parseJson(text) as Row) }
    if (!isArray) throw malformed(open.name, start.line, 'the file is no JSON array')
    const begin = { offset: start.offset + 1, line: start.line }
    const first = firstByte({ ...open, begin })
    if (first.byte === ','.charCodeAt(0))
      throw malformed(open.name, first.line, 'a comma before the first row')
    return { ...open, begin: { offset: first.offset, line: first.line }, form: new JsonArrayForm<Row>() }
  })
}

const malformed = (name: string, line: number, what: string): PlimsollError =>
  new PlimsollError('DATA_UNREADABLE', `${name}:${line}: ${what}.`)

/** The first byte that is not white space; where the file begins with more than 64 KB of it, the last of these. */
function firstByte({ descriptor, begin }: OpenFile): {
  byte: number | undefined
  offset: number
  line: number
} {
  const head = Buffer.alloc(65_536)
  const filled = readSync(descriptor, head, 0, head.length, begin.offset)
  let { line } = begin
  let at = 0
  for (; at < filled && isBlank(head[at]); at++) if (head[at] === newline) line++
  return { byte: at < filled ? head[at] : undefined, offset: begin.offset + at, line }
}

/** The lines of a file, as text. @throws PlimsollError DATA_UNREADABLE */
export const openLines = (file: DataFile): RowFile<string> => ({
  ...openFile(file),
  form: new LineForm((text) => text),
})

export const noRows = (name: string): PlimsollError =>
  new PlimsollError('DATA_UNREADABLE', `${name} holds no rows.`)

/**
 * Opens a file, reads its first row and closes it: what is wrong is said before the load begins.
 * @throws PlimsollError DATA_UNREADABLE
 */
export function checkRows(open: () => RowFile<unknown>): void {
  const file = open()
  try {
    if (new RowCursor(file).take() === undefined) throw noRows(file.name)
  } finally {
    closeSync(file.descriptor)
  }
}
