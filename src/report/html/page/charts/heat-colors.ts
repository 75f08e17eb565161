type Rgb = readonly [red: number, green: number, blue: number]

const parse = (hex: string): Rgb => {
  const digits = hex.replace('#', '')
  return [0, 2, 4].map((at) => Number.parseInt(digits.slice(at, at + 2), 16)) as unknown as Rgb
}

/** A colour between the given stops (`#rrggbb`), at `position` 0 … 1. */
export function mixStops(stops: readonly string[], position: number): string {
  const scaled = Math.min(1, Math.max(0, position)) * (stops.length - 1)
  const left = Math.min(stops.length - 2, Math.floor(scaled))
  const from = parse(stops[left]!)
  const to = parse(stops[left + 1]!)
  const mixed = from.map((part, i) => Math.round(part + (to[i]! - part) * (scaled - left)))
  return `rgb(${mixed.join(', ')})`
}

/**
 * How dark a cell is, 0 … 1. Logarithmic: the few slow messages among thousands of fast ones are what a heat map is
 * read for.
 */
export function heatLevel(density: number, lowest: number, highest: number): number {
  if (!(highest > lowest)) return 1
  return Math.min(1, Math.max(0, Math.log(density / lowest) / Math.log(highest / lowest)))
}
