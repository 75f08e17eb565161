import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fitFlame } from '../../../src/report/fit-flame.js'
import { decodeFlame } from '../../../src/report/flame-codec.js'
import { type FlameData, type FlameStream, totalsOf } from '../../../src/report/flame-data.js'
import { busyFlame, flameDatas } from '../../fixtures/flame-data.js'

const wholeOf = ({ nodes }: FlameData): number => nodes.self.reduce((sum, value) => sum + value, 0)
const lengthOf = ({ us }: FlameStream): number => us.reduce((sum, value) => sum + value, 0)

function categorySums({ frames, nodes }: FlameData): Record<string, number> {
  const sums: Record<string, number> = {}
  nodes.self.forEach((value, i) => {
    const { category } = frames[nodes.frame[i]!]!
    if (value > 0) sums[category] = (sums[category] ?? 0) + value
  })
  return sums
}

describe('fitFlame', () => {
  it('changes nothing that fits but joins equal samples', () => {
    fc.assert(
      fc.property(flameDatas, (data) => {
        const { flame, loss } = fitFlame(data)
        expect(loss).toEqual({})
        const fitted = decodeFlame(flame)
        expect(fitted.nodes).toEqual(data.nodes)
        expect(fitted.streams.map(lengthOf)).toEqual(data.streams.map(lengthOf))
        for (const { node } of fitted.streams)
          expect(node.some((index, i) => node[i + 1] === index)).toBe(false)
      }),
    )
  })

  it('keeps a busy minute with deep stacks far below the size of a report', () => {
    const data = busyFlame(60, 100_000)
    const { flame, loss } = fitFlame(data)
    expect(loss).toEqual({})
    expect(JSON.stringify(flame).length).toBeLessThan(2_000_000)
    const fitted = decodeFlame(flame)
    expect(fitted.nodes).toEqual(data.nodes)
    expect(fitted.frames).toEqual(data.frames)
  })

  it('gathers the smallest frames where the bound asks for it, and says exactly what', () => {
    const data = busyFlame(20, 60_000)
    const bounds = { samples: 120_000, bytes: 500_000 }
    const { flame, loss } = fitFlame(data, bounds)
    const fitted = decodeFlame(flame)
    expect(JSON.stringify(flame).length).toBeLessThanOrEqual(bounds.bytes)
    expect(wholeOf(fitted)).toBe(wholeOf(data))
    expect(categorySums(fitted)).toEqual(categorySums(data))
    const gathered = fitted.nodes.self.reduce(
      (sum, value, i) =>
        fitted.frames[fitted.nodes.frame[i]!]!.name === '(smaller frames)' ? sum + value : sum,
      0,
    )
    expect(gathered / wholeOf(data)).toBeCloseTo(loss.share!, 12)
    const totals = totalsOf(data.nodes.parent, data.nodes.self)
    const small = totals.filter((total) => total / totals[0]! <= loss.below!)
    expect(small.length).toBe(loss.frames)
    const busy = (stream: FlameStream): number =>
      stream.us.reduce((sum, us, i) => (stream.node[i]! >= 0 ? sum + us : sum), 0)
    expect(busy(fitted.streams[0]!)).toBe(busy(data.streams[0]!))
  })

  it('takes too many samples anew at a wider step, without favour', () => {
    const data = busyFlame(60, 500)
    const bounds = { samples: 6_000, bytes: 3_000_000 }
    const { flame, loss } = fitFlame(data, bounds)
    const [stream] = decodeFlame(flame).streams
    const [whole] = data.streams
    expect(stream!.node.length).toBeLessThanOrEqual(bounds.samples)
    expect(loss.stepUs).toBeGreaterThan(8_000)
    expect(lengthOf(stream!)).toBe(lengthOf(whole!))
    const idleShare = ({ node, us }: FlameStream): number =>
      us.reduce((sum, length, i) => (node[i] === -1 ? sum + length : sum), 0) /
      lengthOf({ node, us } as FlameStream)
    expect(idleShare(stream!)).toBeCloseTo(idleShare(whole!), 1)
    expect(decodeFlame(flame).nodes).toEqual(data.nodes)
  })
})
