import { closeSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { RowCursor, type RowFile } from '../../../../src/scenario/rows/row-cursor.js'

/** A folder for the files of one test file, gone afterwards. */
export class DataFolder {
  readonly path = mkdtempSync(join(tmpdir(), 'plimsoll-data-'))
  #made = 0

  constructor() {
    afterAll(() => rmSync(this.path, { recursive: true, force: true }))
  }

  write(content: string | Uint8Array, name = `data-${this.#made++}.txt`): string {
    const path = join(this.path, name)
    writeFileSync(path, content)
    return path
  }
}

/** All rows of a file, read in steps of so many bytes. */
export function allRows<Row>(file: RowFile<Row>, stepBytes?: number): Row[] {
  try {
    const cursor = new RowCursor(file, stepBytes)
    const rows: Row[] = []
    for (;;) {
      const row = cursor.take()
      if (row === undefined) return rows
      rows.push(row)
    }
  } finally {
    closeSync(file.descriptor)
  }
}
