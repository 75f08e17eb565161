import type { FlameData } from './data.js'

/** Three significant digits, never in exponent form. */
export function formatNumber(value: number): string {
  if (value === 0) return '0'
  const size = Math.abs(value)
  if (size >= 100) return Math.round(value).toLocaleString('en-US')
  const digits = Math.min(6, Math.max(0, 2 - Math.floor(Math.log10(size))))
  return String(Number(value.toFixed(digits)))
}

/** `12.3 %` of a share between 0 and 1. */
export const formatShare = (share: number): string => `${formatNumber(share * 100)} %`

/** `+2.1 points`: the difference of two shares, in percentage points. */
export function formatPoints(change: number): string {
  const points = formatNumber(Math.abs(change) * 100)
  return points === '0' ? '±0 points' : `${change > 0 ? '+' : '−'}${points} points`
}

const scales: Readonly<Record<FlameData['unit'], ReadonlyArray<readonly [factor: number, unit: string]>>> = {
  us: [
    [60e6, 'min'],
    [1e6, 's'],
    [1e3, 'ms'],
    [1, 'µs'],
  ],
  bytes: [
    [1e9, 'GB'],
    [1e6, 'MB'],
    [1e3, 'KB'],
    [1, 'B'],
  ],
  count: [[1, '']],
}

/** An amount in the unit of the data, as people read it: `420 ms`, `1.5 MB`, `1,200`. */
export function formatAmount(amount: number, unit: FlameData['unit']): string {
  const scale = scales[unit]
  // Minutes only from two of them on.
  const fitting = scale.find(([factor, name]) => amount >= factor * (name === 'min' ? 2 : 1))
  const [factor, name] = fitting ?? scale.at(-1)!
  return `${formatNumber(amount / factor)} ${amount === 0 && unit === 'us' ? 'ms' : name}`.trim()
}
