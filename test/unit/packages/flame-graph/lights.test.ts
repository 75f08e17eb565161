import { describe, expect, it } from 'vitest'
import { Lights } from '../../../../packages/flame-graph/src/lights.js'
import { dataOf, layoutOf } from './trees.js'

const layout = layoutOf(dataOf(['root', 0, ['encode', 6], ['decode', 0, ['encode', 2]]]))
const other = layoutOf(dataOf(['root', 0, ['decode', 6]]))

describe('Lights', () => {
  it('light up what a text or a pattern finds, and nothing in particular for an empty one', () => {
    const lights = new Lights()
    expect(lights.found).toBeNull()
    lights.search(layout, 'ENCODE', 'text')
    expect(lights.found).toMatchObject({ frames: 2, share: 1 })
    lights.search(layout, '^de', 'pattern')
    expect(lights.found).toMatchObject({ frames: 1, share: 0.25 })
    lights.search(layout, '', 'text')
    expect(lights.found).toBeNull()
  })

  it('keep what they had where a pattern is none', () => {
    const lights = new Lights()
    lights.search(layout, 'decode', 'text')
    const before = lights.found
    expect(() => lights.search(layout, '(', 'pattern')).toThrow(SyntaxError)
    expect(lights.found).toBe(before)
  })

  it('find again in another layout', () => {
    const lights = new Lights()
    lights.search(layout, 'decode', 'text')
    lights.follow(other)
    expect(lights.found).toMatchObject({ frames: 1, share: 1 })
  })

  it('name the category that is lit up, until something else is', () => {
    const lights = new Lights()
    const { category } = layout.tree.frames[0]!
    lights.highlight(layout, category)
    expect(lights.category).toBe(category)
    expect(lights.found!.frames).toBeGreaterThan(0)
    lights.search(layout, 'encode', 'text')
    expect(lights.category).toBeNull()
    lights.highlight(layout, null)
    expect(lights.found).toBeNull()
  })
})
