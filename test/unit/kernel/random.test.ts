import { deflateRawSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { nearMiss } from '../../../src/kernel/near-miss.js'
import { Random } from '../../../src/kernel/random.js'
import { chi2, chi2Limit } from './goodness-of-fit.js'

const draws = (random: Random, count: number): number[] => Array.from({ length: count }, () => random.next())

describe('Random', () => {
  it('repeats itself for a seed and stream, also when begun anew', () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), (seed, stream) => {
        const random = new Random(seed, stream)
        const first = draws(random, 20)
        expect(draws(new Random(seed, stream), 20)).toEqual(first)
        random.reseed(seed, stream)
        expect(draws(random, 20)).toEqual(first)
      }),
    )
  })

  it('gives neighbouring seeds and streams unrelated numbers', () => {
    const firsts = new Set<number>()
    for (let seed = 0; seed < 30; seed++) {
      for (let stream = 0; stream < 30; stream++) firsts.add(new Random(seed, stream).next())
    }
    expect(firsts.size).toBe(900)
  })

  it('is uniform: χ² over 100 cells stays below the 99.99 % point', () => {
    const cells = new Array<number>(100).fill(0)
    const random = new Random(42)
    const count = 100_000
    for (let draw = 0; draw < count; draw++) cells[Math.floor(random.next() * 100)]!++
    const chi2 = cells.reduce((sum, seen) => sum + (seen - count / 100) ** 2 / (count / 100), 0)
    expect(chi2).toBeLessThan(160)
  })

  it('keeps bounds, and reaches both ends of a range of integers', () => {
    const random = new Random(1)
    const seen = new Set(Array.from({ length: 500 }, () => random.integer(3, 6)))
    expect([...seen].sort()).toEqual([3, 4, 5, 6])
    const lengths = Array.from({ length: 200 }, () => random.text(2, 5).length)
    expect(Math.min(...lengths)).toBe(2)
    expect(Math.max(...lengths)).toBe(5)
  })
})

describe('choices', () => {
  it('are by weight: χ² fits', () => {
    const random = new Random(41)
    const table = [
      ['text', 90],
      ['image', 9],
      ['never', 0],
      ['file', 1],
    ] as const
    const counts = table.map(() => 0)
    for (let draw = 0; draw < 50_000; draw++) {
      const value = random.weighted(table)
      counts[table.findIndex(([name]) => name === value)]!++
    }
    expect(counts[2]).toBe(0)
    const { value } = chi2([counts[0]!, counts[1]!, counts[3]!], [0.9, 0.09, 0.01])
    expect(value).toBeLessThan(chi2Limit(2))
    expect(() => random.weighted([['none', 0]])).toThrow(RangeError)
    expect(() => random.weighted([])).toThrow(RangeError)
  })

  it('are skewed to the first', () => {
    const random = new Random(42)
    const counts = { tea: 0, coffee: 0, water: 0 }
    for (let draw = 0; draw < 11_000; draw++)
      counts[random.pickSkewed(['tea', 'coffee', 'water'] as const, 1)]++
    // 1 : 1/2 : 1/3
    const { value } = chi2(Object.values(counts), [6 / 11, 3 / 11, 2 / 11])
    expect(value).toBeLessThan(chi2Limit(2))
  })
})

describe('texts and ids', () => {
  const kinds: ReadonlyArray<readonly [string, (random: Random) => unknown]> = [
    ['words', (random) => random.words(5)],
    ['prose', (random) => random.prose(20, 200)],
    ['hex', (random) => random.hex(24)],
    ['uuid', (random) => random.uuid()],
    [
      'weighted',
      (random) =>
        random.weighted([
          ['a', 1],
          ['b', 2],
        ]),
    ],
    ['normal', (random) => random.normal(3, 2)],
    ['logNormal', (random) => random.logNormal({ median: 100, p99: 900 })],
    ['poisson', (random) => [random.poisson(3), random.poisson(300)]],
    ['zipf', (random) => random.zipf(1e6)],
  ]

  it.each(kinds)('%s repeats itself for a seed, also when begun anew', (_, draw) => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), (seed, stream) => {
        const random = new Random(seed, stream)
        const first = [draw(random), draw(random)]
        random.reseed(seed, stream)
        expect([draw(random), draw(random)]).toEqual(first)
      }),
      { numRuns: 30 },
    )
  })

  it('have the form that they promise', () => {
    fc.assert(
      fc.property(
        fc.nat(),
        fc.integer({ min: 0, max: 300 }),
        fc.integer({ min: 0, max: 300 }),
        (seed, a, b) => {
          const random = new Random(seed)
          const [low, high] = [Math.min(a, b), Math.max(a, b)]
          const prose = random.prose(low, high)
          expect(prose.length).toBeGreaterThanOrEqual(low)
          expect(prose.length).toBeLessThanOrEqual(high)
          expect(prose).toMatch(/^[a-z ]*$/)
          expect(random.hex(a)).toMatch(new RegExp(`^[0-9a-f]{${a}}$`))
          const words = random.words(b)
          expect(words === '' ? 0 : words.split(' ').length).toBe(b)
          expect(random.uuid()).toMatch(
            /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
          )
        },
      ),
    )
  })

  it('ids do not repeat', () => {
    const random = new Random(43)
    expect(new Set(Array.from({ length: 100_000 }, () => random.uuid())).size).toBe(100_000)
  })

  it('words compress like language, random text does not', () => {
    const random = new Random(44)
    const ratio = (text: string): number => text.length / deflateRawSync(text).length
    const [prose, text] = [ratio(random.prose(20_000)), ratio(random.text(20_000))]
    expect(prose).toBeGreaterThan(2)
    expect(text).toBeLessThan(1.5)
    const [the, any] = ['the', 'any'].map(
      (word) =>
        random
          .words(20_000)
          .split(' ')
          .filter((one) => one === word).length,
    )
    expect(the!).toBeGreaterThan(10 * any!)
  })
})

describe('nearMiss', () => {
  it.each([
    ['conections', 'connections'],
    ['rtae', 'rate'],
    ['FIFO', 'fifo'],
  ])('%s is meant to be %s', (word, meant) => {
    expect(nearMiss(word, ['connections', 'rate', 'fifo', 'duration'])).toBe(meant)
  })

  it('stays silent where nothing is near', () =>
    expect(nearMiss('xyzzy', ['connections', 'rate'])).toBeNull())
})
