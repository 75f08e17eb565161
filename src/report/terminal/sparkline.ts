const levels = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const
/** A range narrower than this factor is drawn as if it were so wide: noise must not look like a mountain. */
const leastSpread = 4

/**
 * Values above 0 as a line of blocks on a logarithmic scale, oldest first; a space where there is none. The line
 * shows the last `columns` of them.
 */
export function sparkline(values: ReadonlyArray<number | null>, columns: number): string {
  const shown = values.slice(Math.max(0, values.length - columns))
  const known = shown.filter((value) => value !== null && value > 0) as number[]
  if (known.length === 0) return ''
  const lowest = Math.min(...known)
  const spread = Math.log(Math.max(leastSpread, Math.max(...known) / lowest))
  return shown
    .map((value) => {
      if (value === null || value <= 0) return ' '
      const share = Math.log(value / lowest) / spread
      return levels[Math.min(levels.length - 1, Math.floor(share * levels.length))]
    })
    .join('')
}
