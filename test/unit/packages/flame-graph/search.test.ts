import { describe, expect, it } from 'vitest'
import {
  categoryMatcher,
  findFrames,
  nextMatch,
  patternMatcher,
  textMatcher,
} from '../../../../packages/flame-graph/src/search.js'
import { dataOf, layoutOf } from './trees.js'

const layout = layoutOf(
  dataOf(['root', 0, ['broadcast', 4, ['encode', 3], ['broadcast', 2]], ['encode', 1], ['unused', 0]]),
)
const find = (text: string) => findFrames(layout, textMatcher(text)!)

describe('findFrames', () => {
  it('finds by name, file and place, in any case', () => {
    expect(find(' ENCODE ').frames).toBe(2)
    expect(find('src/broad').frames).toBe(2)
    expect(find('encode.js:1').frames).toBe(2)
    expect(find('encode.js:2').frames).toBe(0)
  })

  it('counts what lies under nested matches once', () => {
    expect(find('broadcast')).toMatchObject({ frames: 2, share: 0.9, widest: 1 })
    expect(find('o').share).toBe(1)
  })

  it('finds by regular expression, and says what is none', () => {
    expect(findFrames(layout, patternMatcher('^(en|broad)C')!).frames).toBe(4)
    expect(() => patternMatcher('(')).toThrow(SyntaxError)
  })

  it('tells nothing asked from nothing found, and leaves out frames without width', () => {
    expect(textMatcher('  ')).toBeNull()
    expect(patternMatcher('')).toBeNull()
    expect(find('no such thing')).toMatchObject({ frames: 0, share: 0, widest: -1 })
    expect(find('unused').frames).toBe(0)
  })

  it('finds categories by their whole name', () => {
    expect(findFrames(layout, categoryMatcher('e')).share).toBeCloseTo(0.4, 12)
    expect(findFrames(layout, categoryMatcher('')).frames).toBe(0)
  })
})

describe('nextMatch', () => {
  it('goes round in both directions', () => {
    const { matches } = find('encode')
    const [first, second] = [...matches.keys()].filter((i) => matches[i] === 1)
    expect(nextMatch(layout, matches, -1, 1)).toBe(first)
    expect(nextMatch(layout, matches, first!, 1)).toBe(second)
    expect(nextMatch(layout, matches, second!, 1)).toBe(first)
    expect(nextMatch(layout, matches, -1, -1)).toBe(second)
    expect(nextMatch(layout, find('nothing').matches, 0, 1)).toBe(-1)
  })
})
