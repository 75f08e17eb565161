import { describe, expect, it } from 'vitest'
import { CostPace } from '../../../src/target/cost-pace.js'

const limits = { leastUs: 1_000_000, share: 0.001, usuallyUs: 5_000_000, mostShare: 0.005 }

/** Looks within `seconds`, each of which costs `costUs`. */
function looks(costUs: number, seconds: number): number {
  const pace = new CostPace(limits)
  let count = 0
  for (let nowUs = 0; nowUs < seconds * 1e6; nowUs += 100_000) {
    if (!pace.isDue(nowUs)) continue
    count++
    pace.looked(nowUs, costUs)
  }
  return count
}

describe('CostPace', () => {
  it('looks as often as allowed while that is cheap', () => {
    expect(looks(200, 100)).toBe(100)
  })

  it('keeps to its share, and to the higher one rather than look very rarely', () => {
    expect(looks(3_000, 300)).toBe(100)
    expect(looks(20_000, 100)).toBe(20)
    expect(looks(250_000, 500)).toBe(10)
  })

  it('holds until the cost is known, and is due at once when told so', () => {
    const pace = new CostPace(limits)
    pace.hold()
    expect(pace.isDue(1e12)).toBe(false)
    pace.dueNow()
    expect(pace.isDue(0)).toBe(true)
  })
})
