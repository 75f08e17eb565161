import { fstatSync } from 'node:fs'
import type { Random } from '../../kernel/random.js'
import { noRows } from './open-rows.js'
import { RowCursor, type RowFile } from './row-cursor.js'
import { RowIndex } from './row-index.js'

const scanBytes = 262_144
const windowBytes = 65_536
const pageBytes = 4_096

/** Rows of a file in any order, each as likely. Reads the file once when it is made. */
export class RandomRows<Row> {
  readonly #cursor: RowCursor<Row>
  readonly #index: RowIndex

  /** @throws PlimsollError DATA_UNREADABLE */
  constructor(file: RowFile<Row>) {
    this.#index = new RowIndex(new RowCursor(file, scanBytes))
    if (this.#index.rows === 0) throw noRows(file.name)
    // A file that fits is read once; of a larger one, little more than what it takes to come to the row.
    const fits = fstatSync(file.descriptor).size <= windowBytes
    const twoGaps = Math.ceil((2 * this.#index.gapBytes) / pageBytes) * pageBytes
    this.#cursor = new RowCursor(
      file,
      fits ? windowBytes : Math.min(windowBytes, Math.max(pageBytes, twoGaps)),
    )
  }

  /** @throws PlimsollError DATA_UNREADABLE */
  draw(random: Random): Row {
    this.#index.seek(this.#cursor, Math.floor(random.fine() * this.#index.rows))
    return this.#cursor.take()!
  }
}
