import { closeSync } from 'node:fs'
import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { openCsv } from '../../../../src/scenario/rows/open-rows.js'
import { RowCursor } from '../../../../src/scenario/rows/row-cursor.js'
import { allRows, DataFolder } from './row-files.js'

const folder = new DataFolder()
const rowsOf = (content: string | Uint8Array, options = {}, stepBytes?: number): Record<string, string>[] =>
  allRows(openCsv<Record<string, string>>(folder.write(content, 'users.csv'), options), stepBytes)

const field = fc.oneof(
  fc.string({ unit: fc.constantFrom('a', 'é', '漢', ' ', ',', ';', '"', '\n', '\r\n', '"\n') }),
  fc.string({ unit: 'grapheme', maxLength: 60 }),
)
const quoted = (value: string): string => `"${value.replaceAll('"', '""')}"`

describe('CSV', () => {
  it('gives objects by the header, all values as text', () => {
    expect(rowsOf('name,age\nAda,36\nGrace,85\n')).toEqual([
      { name: 'Ada', age: '36' },
      { name: 'Grace', age: '85' },
    ])
  })

  it('gives back what was written, wherever a read ends: quotes, line breaks and letters of several bytes', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ a: field, b: field }), { minLength: 1, maxLength: 12 }),
        fc.integer({ min: 2, max: 40 }),
        fc.constantFrom('\n', '\r\n'),
        fc.boolean(),
        (rows, stepBytes, lineBreak, endsWithBreak) => {
          const lines = ['a,b', ...rows.map(({ a, b }) => `${quoted(a)},${quoted(b)}`)]
          const content = lines.join(lineBreak) + (endsWithBreak ? lineBreak : '')
          expect(rowsOf(content, {}, stepBytes)).toEqual(rows)
        },
      ),
      { numRuns: 300 },
    )
  })

  it('reads what csv-parse reads, and refuses what it refuses', () => {
    const piece = fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom('a,bc\n', '"x,y","z"\r\n', '"x\r\n""y",\n', '\n') },
      { weight: 1, arbitrary: fc.constantFrom('a', ',', '"', '""', '\n', '\r\n', '\r', ' ', '"x\ny"') },
    )
    const outcome = (read: () => unknown): unknown => {
      try {
        return read()
      } catch {
        return 'refused'
      }
    }
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 14 }),
        fc.integer({ min: 2, max: 64 }),
        (pieces, stepBytes) => {
          const content = `c0,c1\n${pieces.join('')}`
          const oracle = outcome(() =>
            (
              parse(content, {
                columns: ['c0', 'c1'],
                record_delimiter: ['\n', '\r\n'],
                skip_empty_lines: true,
                from_line: 1,
              }) as Record<string, string>[]
            ).slice(1),
          )
          expect(outcome(() => rowsOf(content, {}, stepBytes))).toEqual(oracle)
        },
      ),
      { numRuns: 1_000 },
    )
  })

  it('takes another delimiter, names instead of a header, and a byte order mark', () => {
    expect(rowsOf('a;b\n"1;2";3', { delimiter: ';' })).toEqual([{ a: '1;2', b: '3' }])
    expect(rowsOf('1\t2', { delimiter: '\t', columns: ['a', 'b'] })).toEqual([{ a: '1', b: '2' }])
    expect(rowsOf('\u{feff}"a", b\n1,2')).toEqual([{ a: '1', b: '2' }])
    expect(rowsOf('\u{feff}1,2', { columns: ['a', 'b'] })).toEqual([{ a: '1', b: '2' }])
  })

  it.each([
    ['fields that are too many', 'a,b\n1,2\n1,2,3\n', 'users.csv:3: 3 fields where there are 2 columns.'],
    ['fields that are too few', 'a,b\n\n\n1\n', 'users.csv:4: 1 field where there are 2 columns.'],
    [
      'lines counted through quotes',
      'a,b\n"1\n\n",2\n\n3\n',
      'users.csv:6: 1 field where there are 2 columns.',
    ],
    ['a stray quote', 'a,b\n1,2\n5" pipe,3\n', 'users.csv:3: a quote inside a field that is not quoted.'],
    ['text behind a quote', 'a,b\n"1"x,2\n', 'users.csv:2: text behind a closing quote.'],
    ['an open quote', 'a,b\n1,2\n"3,4\n5,6\n', 'users.csv:3: a quoted field that is never closed.'],
    ['a header that repeats itself', 'a,b,a\n1,2,3\n', "users.csv:1: the header names 'a' twice."],
    ['no header', '\n\n', 'users.csv holds no rows.'],
  ])('names the line of %s', (_, content, message) => {
    let thrown: Error | null = null
    try {
      rowsOf(content, {}, 16)
    } catch (error) {
      thrown = error as Error
    }
    expect(thrown).toMatchObject({ code: 'DATA_UNREADABLE' })
    expect(thrown!.message.replace(/^.*\//, '')).toBe(message)
  })

  it('goes on behind a row that cannot be read', () => {
    const file = openCsv(folder.write('a,b\n1\n3,4\n', 'users.csv'), {})
    const cursor = new RowCursor(file)
    expect(() => cursor.take()).toThrow(':2:')
    expect(cursor.take()).toEqual({ a: '3', b: '4' })
    closeSync(file.descriptor)
  })

  it('gives up on a quote that is open for 16 MiB', () => {
    const content = `a,b\n1,2\n"${'x,y\n'.repeat(4.5 * 1_048_576)}`
    expect(() => rowsOf(content)).toThrow('users.csv:3: the row that begins here does not end within 16 MiB.')
  })
})
