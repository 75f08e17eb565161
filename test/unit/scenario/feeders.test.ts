import { pathToFileURL } from 'node:url'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Feeder, FeedOrder } from '../../../src/scenario/feeder.js'
import { csvFeeder, jsonFeeder, listFeeder } from '../../../src/scenario/feeders.js'
import { chi2, chi2Limit } from '../kernel/goodness-of-fit.js'
import { DataFolder } from './rows/row-files.js'

const folder = new DataFolder()

interface Row {
  readonly n: string
}

/** The same rows from each kind of source, with enough bytes in them for several reads. */
const sources: ReadonlyArray<readonly [string, (rows: number, order: FeedOrder) => Feeder<Row>]> = [
  [
    'CSV',
    (rows, order) => {
      const lines = Array.from({ length: rows }, (_, n) => `${n},"line\nbreak ${'x'.repeat(n % 50)}"`)
      return csvFeeder<Row>(folder.write(`n,text\n${lines.join('\n')}`, 'rows.csv'), { order })
    },
  ],
  [
    'JSON',
    (rows, order) => {
      const values = Array.from({ length: rows }, (_, n) => ({
        n: String(n),
        text: `],${'x'.repeat(n % 50)}`,
      }))
      return jsonFeeder<Row>(folder.write(JSON.stringify(values, null, 1), 'rows.json'), { order })
    },
  ],
  [
    'NDJSON',
    (rows, order) => {
      const lines = Array.from({ length: rows }, (_, n) => JSON.stringify({ n: String(n) }))
      return jsonFeeder<Row>(folder.write(lines.join('\n'), 'rows.ndjson'), { order })
    },
  ],
  [
    'a list',
    (rows, order) =>
      listFeeder(
        Array.from({ length: rows }, (_, n) => ({ n: String(n) })),
        { order },
      ),
  ],
]

function begun(feeder: Feeder<Row>, worker = 0, workers = 1, seed = 1): Feeder<Row> {
  feeder.begin({ worker, workers, seed })
  return feeder
}

const take = (feeder: Feeder<Row>, count: number): number[] =>
  Array.from({ length: count }, () => Number(feeder.next().n))

const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n)

describe.each(sources)('a feeder from %s', (_, make) => {
  it('in sequence: the workers take turns, over the end too', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 30 }),
        (rows, workers, each) => {
          const shares = upTo(workers).map((worker) =>
            take(begun(make(rows, 'sequence'), worker, workers), each),
          )
          const inTurn = upTo(workers * each).map((at) => shares[at % workers]![Math.floor(at / workers)])
          expect(inTurn).toEqual(upTo(workers * each).map((at) => at % rows))
        },
      ),
      { numRuns: 40 },
    )
  })

  it('unique: all workers together hand out each row once, then say that there is none', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 9 }), (rows, workers) => {
        const all = upTo(workers).flatMap((worker) => {
          const feeder = begun(make(rows, 'unique'), worker, workers)
          const own = take(feeder, Math.ceil((rows - worker) / workers))
          expect(() => feeder.next()).toThrow(/no rows left/)
          expect(() => feeder.next()).toThrow(expect.objectContaining({ code: 'FEEDER_EXHAUSTED' }))
          return own
        })
        expect(all.toSorted((a, b) => a - b)).toEqual(upTo(rows))
      }),
      { numRuns: 40 },
    )
  })

  it('at random: each row as likely', () => {
    const counts = upTo(40).map(() => 0)
    for (const n of take(begun(make(40, 'random'), 1, 2), 20_000)) counts[n]!++
    const { value, degrees } = chi2(
      counts,
      counts.map(() => 1 / 40),
    )
    expect(degrees).toBe(39)
    expect(value).toBeLessThan(chi2Limit(degrees))
  })

  it('at random: the same again for the same seed and worker only', () => {
    const feeder = make(1_000, 'random')
    const first = take(begun(feeder, 0, 2, 5), 20)
    expect(take(begun(feeder, 1, 2, 5), 20)).not.toEqual(first)
    expect(take(begun(feeder, 0, 2, 6), 20)).not.toEqual(first)
    expect(take(begun(feeder, 0, 2, 5), 20)).toEqual(first)
    expect(take(begun(make(1_000, 'random'), 0, 2, 5), 20)).not.toEqual(first)
  })

  it('goes on where it was when it is begun again with the same share', () => {
    const feeder = begun(make(10, 'sequence'))
    expect(take(feeder, 3)).toEqual([0, 1, 2])
    expect(take(begun(feeder), 3)).toEqual([3, 4, 5])
  })

  it('has no rows before it is begun', () => {
    expect(() => make(3, 'sequence').next()).toThrow(/before the load began/)
  })
})

describe('what feeders refuse', () => {
  it('is said when they are made', () => {
    const refused = (make: () => unknown): unknown => {
      try {
        return make()
      } catch (error) {
        return error
      }
    }
    const missing = refused(() => csvFeeder('no-such-file.csv'))
    expect(missing).toMatchObject({ code: 'DATA_UNREADABLE' })
    expect((missing as Error).message).toMatch(/^Cannot read the data no-such-file\.csv: ENOENT/)
    expect((missing as { hint: string }).hint).toContain('working directory')
    for (const make of [
      () => csvFeeder(folder.path),
      () => csvFeeder(folder.write('')),
      () => csvFeeder(folder.write('name,password\n')),
      () => csvFeeder(folder.write('name,password\nada\n')),
      () => jsonFeeder(folder.write('')),
      () => jsonFeeder(folder.write('[ ]')),
      () => jsonFeeder(folder.write('{"a":')),
      () => csvFeeder(new URL('https://localhost/users.csv')),
      () => listFeeder([]),
    ]) {
      expect(refused(make)).toMatchObject({ code: 'DATA_UNREADABLE' })
    }
  })

  it('does not hold for a URL, or for a path with spaces', () => {
    const path = folder.write('n\n7\n', 'a name with %20 and é.csv')
    expect(take(begun(csvFeeder<Row>(path)), 1)).toEqual([7])
    expect(take(begun(csvFeeder<Row>(pathToFileURL(path))), 1)).toEqual([7])
  })
})
