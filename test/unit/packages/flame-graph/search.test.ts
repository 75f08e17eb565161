import { describe, expect, it } from 'vitest'
import { layoutFlame } from '../../../../packages/flame-graph/src/layout.js'
import { categoryFill } from '../../../../packages/flame-graph/src/palette.js'
import { searchCategory, searchFlame } from '../../../../packages/flame-graph/src/search.js'
import { categories } from '../../../../src/profiling/categories.js'
import { flattenFlame } from '../../../../src/report/html/flat-flame.js'
import { makeFlame } from '../../../fixtures/report-data.js'

const flame = flattenFlame(makeFlame())
const layout = layoutFlame(flame)
const namesOf = (matches: Uint8Array): string[] =>
  [...matches.keys()].filter((i) => matches[i] === 1).map((i) => flame.strings[flame.name[i]!]!)

describe('searchFlame', () => {
  it('finds by name, file and place, in any case', () => {
    expect(namesOf(searchFlame(flame, layout, ' ENCODE ')!.matches)).toEqual(['encode'])
    expect(namesOf(searchFlame(flame, layout, 'src/room')!.matches)).toEqual([
      'broadcast',
      'encode',
      'pickMembers',
    ])
    expect(namesOf(searchFlame(flame, layout, 'room.js:61')!.matches)).toEqual(['encode'])
  })

  it('counts time under nested matches once', () => {
    const broadcast = flame.name.findIndex((index) => flame.strings[index] === 'broadcast')
    const found = searchFlame(flame, layout, 'src/room')!
    expect(found.share).toBeCloseTo(flame.total[broadcast]! / flame.total[0]!, 12)
    expect(found.widest).toBe(broadcast)
    expect(searchFlame(flame, layout, 'a')!.share).toBeLessThanOrEqual(1)
  })

  it('tells nothing asked from nothing found', () => {
    expect(searchFlame(flame, layout, '  ')).toBeNull()
    expect(searchFlame(flame, layout, 'no such thing')).toMatchObject({ frames: 0, share: 0, widest: -1 })
  })
})

describe('categories', () => {
  it('are found by name', () => {
    expect(namesOf(searchCategory(flame, layout, 'serialization').matches)).toEqual([
      'encode',
      'parseMessage',
    ])
    expect(searchCategory(flame, layout, 'unheard-of').frames).toBe(0)
  })

  it('have a fill of their own each, and unknown ones a steady one', () => {
    expect(new Set(categories.map(categoryFill)).size).toBe(categories.length)
    expect(categoryFill('constructor')).toMatch(/^#/)
    expect(categoryFill('quantum')).toBe(categoryFill('quantum'))
  })
})
