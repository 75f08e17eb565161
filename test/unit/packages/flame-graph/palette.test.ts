import { describe, expect, it } from 'vitest'
import {
  categoryFills,
  changeFills,
  contrast,
  inkOn,
  linearRgb,
} from '../../../../packages/flame-graph/src/palette.js'

/**
 * What is left of linear RGB, row by row. Source: Machado, Oliveira and Fernandes, "A Physiologically-based Model for
 * Simulation of Color Vision Deficiency" (2009), severity 1.
 */
const sights: Readonly<Record<string, readonly number[]>> = {
  'all hues': [1, 0, 0, 0, 1, 0, 0, 0, 1],
  protanopia: [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998],
  deuteranopia: [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.01182, 0.04294, 0.968881],
  tritanopia: [1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.3039],
}

type Triple = readonly [number, number, number]
const times = (matrix: readonly number[], [x, y, z]: Triple): Triple => {
  const row = (at: number): number => matrix[at]! * x + matrix[at + 1]! * y + matrix[at + 2]! * z
  return [row(0), row(3), row(6)]
}
const within = (value: number): number => Math.min(1, Math.max(0, value))

/** Oklab of linear RGB (Ottosson 2020). */
function oklab(linear: Triple): Triple {
  const cones = times(
    [
      0.4122214708, 0.5363325363, 0.0514459929, 0.2119034982, 0.6806995451, 0.1073969566, 0.0883024619,
      0.2817188376, 0.6299787005,
    ],
    linear,
  )
  return times(
    [
      0.2104542553, 0.793617785, -0.0040720468, 1.9779984951, -2.428592205, 0.4505937099, 0.0259040371,
      0.7827717662, -0.808675766,
    ],
    [Math.cbrt(cones[0]), Math.cbrt(cones[1]), Math.cbrt(cones[2])],
  )
}

/** The pair that is hardest to tell apart, and how far it lies apart. */
function closest(
  fills: Readonly<Record<string, string>>,
  sight: readonly number[],
): [distance: number, pair: string] {
  const seen = Object.entries(fills).map(([name, fill]) => {
    const [red, green, blue] = times(sight, linearRgb(fill))
    return { name, at: oklab([within(red), within(green), within(blue)]) }
  })
  let nearest: [number, string] = [Number.POSITIVE_INFINITY, '']
  for (const [index, one] of seen.entries()) {
    for (const other of seen.slice(index + 1)) {
      const distance = Math.hypot(...one.at.map((value, axis) => value - other.at[axis]!))
      if (distance < nearest[0]) nearest = [distance, `${one.name}, ${other.name}`]
    }
  }
  return nearest
}

describe('the palette', () => {
  it.each(Object.entries(sights))('tells all categories apart with %s', (_, sight) => {
    const [distance, pair] = closest(categoryFills, sight)
    expect(distance, pair).toBeGreaterThan(0.1)
  })

  it.each(Object.entries(sights))('tells all steps of change apart with %s', (_, sight) => {
    const [distance, pair] = closest(Object.fromEntries(changeFills.entries()), sight)
    expect(distance, pair).toBeGreaterThan(0.08)
  })

  it('would not pass with red and green', () => {
    const fills = { more: '#d1362a', less: '#7a8a1d' }
    expect(closest(fills, sights.deuteranopia!)[0]).toBeLessThan(0.1)
  })

  it('carries text that can be read', () => {
    for (const fill of [...Object.values(categoryFills), ...changeFills])
      expect(contrast(fill, inkOn(fill)), fill).toBeGreaterThan(4.5)
  })
})
