/**
 * Fills of frames by category. Any two differ for readers who see few hues as well: by at least 0.1 in Oklab as seen
 * with protanopia, deuteranopia and tritanopia, mostly by lightness.
 */
export const categoryFills: Readonly<Record<string, string>> = {
  'business-logic': '#eda316',
  serialization: '#ea6d5b',
  'garbage-collection': '#adaeae',
  transport: '#bacdf5',
  crypto: '#fcd71f',
  compression: '#5aeba5',
  regex: '#b778b7',
  'database-driver': '#70a4ff',
  'blocking-io': '#b05a22',
  unattributed: '#e9eff5',
}

/** For categories that have no fill of their own. */
const spare = ['#b9a8e8', '#b3bd73', '#d9b8a0', '#a6b6e0', '#9fd0c0', '#c9d3de']

/** The fill of a category; names that nobody planned for get one of a few spare fills, always the same one. */
export function categoryFill(category: string): string {
  const known = Object.hasOwn(categoryFills, category) ? categoryFills[category] : undefined
  if (known !== undefined) return known
  let hash = 0
  for (let i = 0; i < category.length; i++) hash = (Math.imul(hash, 31) + category.charCodeAt(i)) >>> 0
  return spare[hash % spare.length]!
}

/** Fills of frames by change, from halved or gone to doubled or new. */
export const changeFills = ['#2f74c0', '#9cc7f0', '#dcdfe3', '#f7bd7d', '#d9700c'] as const

/** @param step −2 … 2 */
export const changeFill = (step: number): string => changeFills[step + 2]!

const darkInk = '#16181d'
const lightInk = '#ffffff'
const inks = new Map<string, string>()

/** Dark or white text, whichever stands out more from a fill such as `#a9aeb5`. */
export function inkOn(fill: string): string {
  let ink = inks.get(fill)
  if (ink === undefined) {
    ink = contrast(fill, darkInk) >= contrast(fill, lightInk) ? darkInk : lightInk
    inks.set(fill, ink)
  }
  return ink
}

/** Contrast ratio of two colours such as `#a9aeb5`, 1 … 21 (WCAG 2.2, "contrast ratio"). */
export function contrast(first: string, second: string): number {
  const [low, high] = [luminance(first), luminance(second)].sort((a, b) => a - b)
  return (high! + 0.05) / (low! + 0.05)
}

function luminance(color: string): number {
  const [red, green, blue] = linearRgb(color)
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

/** The linear parts of an sRGB colour such as `#a9aeb5`, each 0 … 1. What has another form counts as white. */
export function linearRgb(color: string): [red: number, green: number, blue: number] {
  const match = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(color)
  if (!match) return [1, 1, 1]
  const part = (digits: string): number => {
    const value = Number.parseInt(digits, 16) / 255
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
  }
  return [part(match[1]!), part(match[2]!), part(match[3]!)]
}
