import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type JsonOptions, openJson } from '../../../../src/scenario/rows/open-rows.js'
import { allRows, DataFolder } from './row-files.js'

const folder = new DataFolder()
const rowsOf = (content: string, name: string, options: JsonOptions = {}, stepBytes?: number): unknown[] =>
  allRows(openJson<unknown>(folder.write(content, name), options), stepBytes)

const value = fc.jsonValue({ maxDepth: 3 }).map((some) => JSON.parse(JSON.stringify(some)) as unknown)
const gap = fc.constantFrom('', ' ', '\n', '\r\n\t ')

describe('a JSON array', () => {
  it('gives its elements, wherever a read ends and however it is laid out', () => {
    fc.assert(
      fc.property(
        fc.array(value, { minLength: 1, maxLength: 8 }),
        fc.array(gap, { minLength: 4, maxLength: 4 }),
        fc.constantFrom(undefined, 2),
        fc.integer({ min: 2, max: 40 }),
        (rows, gaps, indent, stepBytes) => {
          const texts = rows.map((row) => JSON.stringify(row, null, indent))
          const content = `${gaps[0]}[${gaps[1]}${texts.join(`${gaps[2]},${gaps[3]}`)}${gaps[1]}]${gaps[0]}`
          expect(rowsOf(content, 'rows.json', {}, stepBytes)).toEqual(rows)
        },
      ),
      { numRuns: 300 },
    )
  })

  it('is taken and refused as JSON.parse does it', () => {
    const piece = fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom('1 ,', '{"a":[1,"]"]}\n,', '"],\\"" , ', 'null,', '[[],{}],') },
      {
        weight: 1,
        arbitrary: fc.constantFrom('1', ',', ' ', '\n', '"', '\\', '[', ']', '}', '{', 'x', '"],"'),
      },
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
        fc.array(piece, { maxLength: 8 }),
        fc.constantFrom('2', '{}', ''),
        fc.integer({ min: 2, max: 32 }),
        (pieces, last, stepBytes) => {
          const content = `[${[...pieces, last].join('')}]`
          const options = { format: 'array' } as const
          expect(outcome(() => rowsOf(content, 'rows.json', options, stepBytes))).toEqual(
            outcome(() => JSON.parse(content)),
          )
        },
      ),
      { numRuns: 2_000 },
    )
  })

  it.each([
    ['an element that is none', '[\n{"a":1},\n\n{"a":}\n]', /^rows\.json:4: not JSON \(/],
    ['an array that ends early', '[{"a":1},\n{"a":2}\n', /^rows\.json:2: the array is not closed\.$/],
    ['an element that ends early', '[{"a":1},\n{"a":', /^rows\.json:2: the array is not closed\.$/],
    ['what follows it', '[1,\n2]\n\n[3]', /^rows\.json:4: something follows the array\.$/],
    ['a comma too many', '[\n,1]', /^rows\.json:2: a comma before the first row\.$/],
    ['a brace too many', '[1,\n2}]', /^rows\.json:2: a \} without its \{\.$/],
    ['an object instead', '{"a":1}', /^rows\.json:1: the file is no JSON array\.$/],
  ])('names the line of %s', (_, content, message) => {
    let thrown: Error | null = null
    try {
      rowsOf(content, 'rows.json', { format: 'array' }, 4)
    } catch (error) {
      thrown = error as Error
    }
    expect(thrown).toMatchObject({ code: 'DATA_UNREADABLE' })
    expect(thrown!.message.replace(/^.*\//, '')).toMatch(message)
  })
})

describe('JSON by the line', () => {
  it('gives one value a line and passes over blank ones, wherever a read ends', () => {
    fc.assert(
      fc.property(
        fc.array(value, { minLength: 1, maxLength: 8 }),
        fc.constantFrom('\n', '\r\n', '\n\n', ' \n\t\n'),
        fc.boolean(),
        fc.integer({ min: 2, max: 40 }),
        (rows, lineBreak, endsWithBreak, stepBytes) => {
          const content =
            rows.map((row) => JSON.stringify(row)).join(lineBreak) + (endsWithBreak ? lineBreak : '')
          expect(rowsOf(content, 'rows.ndjson', {}, stepBytes)).toEqual(rows)
        },
      ),
      { numRuns: 300 },
    )
  })

  it('names the line that is none', () => {
    expect(() => rowsOf('{"a":1}\n\n{"a":\n', 'rows.jsonl', {}, 4)).toThrow(/rows\.jsonl:3: not JSON \(/)
  })
})

describe('the form of a JSON file', () => {
  it('is an array where it begins with [, lines elsewhere, lines by its name, or as told', () => {
    expect(rowsOf(' \n[[1],[2]]', 'rows.json')).toEqual([[1], [2]])
    expect(rowsOf('{"a":1}\n{"a":2}', 'rows.json')).toEqual([{ a: 1 }, { a: 2 }])
    expect(rowsOf('[1]\n[2]', 'rows.ndjson')).toEqual([[1], [2]])
    expect(rowsOf('[1]\n[2]', 'rows.txt', { format: 'lines' })).toEqual([[1], [2]])
    expect(rowsOf('[]', 'rows.json')).toEqual([])
  })
})
