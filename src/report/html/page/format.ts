import { formatNumber } from '../../../kernel/units.js'

/** Every digit, for counts: `150,000`. */
export const exact = (count: number): string => count.toLocaleString('en-US')

export const percent = (value: number): string => `${formatNumber(value)} %`

/** The value in words, or a dash where nobody knows it. */
export const orDash = (value: number | null | undefined, format: (value: number) => string): string =>
  value === null || value === undefined ? '–' : format(value)

/** `1 frame`, `3 frames`, `no frames` */
export const counted = (count: number, one: string, many = `${one}s`): string =>
  `${count === 0 ? 'no' : exact(count)} ${count === 1 ? one : many}`
