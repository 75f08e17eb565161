/** Where a row lies in a buffer. Filled in by `RowForm.find`, so that looking for rows allocates nothing. */
export interface RowSpan {
  start: number
  end: number
  /** Where to look for the row after it. */
  next: number
  /** Line breaks between where the search began and `start`. */
  linesBefore: number
  /** Line breaks between where the search began and `next`. */
  lines: number
  /** What is wrong, where the answer is `broken`. */
  problem: string
}

/**
 * `more`: the row may go on behind the bytes that are there. `end`: no more rows. `broken`: the file is not of this
 * form from here on.
 */
export type Found = 'row' | 'more' | 'end' | 'broken'

/** How a file holds its rows. */
export interface RowForm<Row> {
  /**
   * Finds the row that begins at or after `from`.
   * @param atEnd nothing follows `to`: the answer is not `more`
   */
  find(bytes: Uint8Array, from: number, to: number, atEnd: boolean, span: RowSpan): Found
  /** @throws Error whose message says what is wrong with the row */
  parse(text: string): Row
}

export const createSpan = (): RowSpan => ({
  start: 0,
  end: 0,
  next: 0,
  linesBefore: 0,
  lines: 0,
  problem: '',
})

export const newline = 0x0a
export const carriageReturn = 0x0d

export const isBlank = (byte: number | undefined): boolean =>
  byte === 0x20 || byte === 0x09 || byte === newline || byte === carriageReturn
