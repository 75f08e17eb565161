import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { nearMiss } from '../../../src/kernel/near-miss.js'
import { Random } from '../../../src/kernel/random.js'

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
