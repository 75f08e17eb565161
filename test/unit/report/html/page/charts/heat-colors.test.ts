import { describe, expect, it } from 'vitest'
import { heatLevel, mixStops } from '../../../../../../src/report/html/page/charts/heat-colors.js'

describe('mixStops', () => {
  it('meets every stop, and goes between neighbours', () => {
    const stops = ['#000000', '#64c832', '#ffffff']
    expect([0, 0.25, 0.5, 1].map((position) => mixStops(stops, position))).toEqual([
      'rgb(0, 0, 0)',
      'rgb(50, 100, 25)',
      'rgb(100, 200, 50)',
      'rgb(255, 255, 255)',
    ])
  })

  it('stays within its stops', () => {
    expect(mixStops(['#000000', '#0000ff'], -1)).toBe('rgb(0, 0, 0)')
    expect(mixStops(['#000000', '#0000ff'], 7)).toBe('rgb(0, 0, 255)')
  })
})

describe('heatLevel', () => {
  it('goes from the emptiest to the fullest cell by equal factors', () => {
    expect([1, 10, 100, 1_000].map((density) => heatLevel(density, 1, 1_000))).toEqual([
      0,
      expect.closeTo(1 / 3, 9),
      expect.closeTo(2 / 3, 9),
      1,
    ])
  })

  it('is full where all cells are alike', () => {
    expect(heatLevel(5, 5, 5)).toBe(1)
  })
})
