import { closeSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { openLines } from '../../../../src/scenario/rows/open-rows.js'
import { RowCursor } from '../../../../src/scenario/rows/row-cursor.js'
import { RowIndex } from '../../../../src/scenario/rows/row-index.js'
import { DataFolder } from './row-files.js'

const folder = new DataFolder()

describe('RowIndex', () => {
  it('finds any row in any order, though it keeps few places', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 120 }),
        fc.integer({ min: 2, max: 9 }),
        fc.integer({ min: 4, max: 100 }),
        fc.array(fc.nat(), { minLength: 1, maxLength: 20 }),
        (lengths, capacity, stepBytes, wanted) => {
          const rows = lengths.map((length, at) => `${at}:${'x'.repeat(length)}`)
          const file = openLines(folder.write(rows.join('\n'), 'lines.txt'))
          const index = new RowIndex(new RowCursor(file), capacity)
          expect(index.rows).toBe(rows.length)
          const cursor = new RowCursor(file, stepBytes)
          for (const any of wanted) {
            const row = any % rows.length
            index.seek(cursor, row)
            expect(cursor.take()).toBe(rows[row])
          }
          closeSync(file.descriptor)
        },
      ),
    )
  })

  it('knows how far apart its places are', () => {
    const file = openLines(folder.write('123456789\n'.repeat(1_000)))
    expect(new RowIndex(new RowCursor(file), 1_000).gapBytes).toBe(10)
    expect(new RowIndex(new RowCursor(file), 999).gapBytes).toBe(20)
    expect(new RowIndex(new RowCursor(file), 125).gapBytes).toBe(80)
    closeSync(file.descriptor)
  })

  it('knows the lines of what it finds', () => {
    const file = openLines(folder.write('a\n\n\nb\nc\n'))
    const index = new RowIndex(new RowCursor(file), 10)
    const cursor = new RowCursor(file)
    index.seek(cursor, 2)
    expect(cursor.place.line).toBe(5)
    closeSync(file.descriptor)
  })
})
