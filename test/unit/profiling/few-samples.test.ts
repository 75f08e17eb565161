import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Random } from '../../../src/kernel/random.js'
import { caveatOfFewSamples } from '../../../src/profiling/few-samples.js'

const pointsOf = (onCpu: number): number =>
  Number(/off by (\d+) points/.exec(caveatOfFewSamples(onCpu)[0]!)![1])

describe('a profile of few samples', () => {
  it('is told so, with how far shares may be off', () => {
    expect(caveatOfFewSamples(1)[0]).toMatch(/^only 1 sample fell/)
    expect(pointsOf(16)).toBe(25)
    expect(pointsOf(99)).toBe(10)
    expect(caveatOfFewSamples(100)).toEqual([])
    expect(caveatOfFewSamples(0)).toEqual([])
  })

  it('has shares that lie within what is said in 95 of 100 profiles', () => {
    const random = new Random(7)
    fc.assert(
      fc.property(
        fc.integer({ min: 10, max: 99 }),
        fc.double({ min: 0.1, max: 0.9, noNaN: true }),
        (count, share) => {
          const profiles = 400
          let within = 0
          for (let profile = 0; profile < profiles; profile++) {
            let hits = 0
            for (let sample = 0; sample < count; sample++) if (random.next() < share) hits++
            if (Math.abs(hits / count - share) <= pointsOf(count) / 100) within++
          }
          // 95 %, less four standard deviations of 400 tries.
          expect(within / profiles).toBeGreaterThan(0.95 - 4 * Math.sqrt((0.95 * 0.05) / profiles))
        },
      ),
      { numRuns: 50 },
    )
  })
})
