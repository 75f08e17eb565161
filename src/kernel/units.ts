import { PlimsollError } from './errors.js'

declare const unit: unique symbol
type Branded<Name extends string> = number & { readonly [unit]: Name }

export type Microseconds = Branded<'us'>
export type Milliseconds = Branded<'ms'>
export type PerSecond = Branded<'/s'>
export type Bytes = Branded<'bytes'>

export const microseconds = (value: number): Microseconds => value as Microseconds
export const milliseconds = (value: number): Milliseconds => value as Milliseconds
export const perSecond = (value: number): PerSecond => value as PerSecond
export const bytes = (value: number): Bytes => value as Bytes

export const msToUs = (ms: number): Microseconds => (ms * 1_000) as Microseconds

const durationUnits: Readonly<Record<string, number>> = {
  us: 0.001,
  µs: 0.001,
  ms: 1,
  s: 1_000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
}
const ratePeriods: Readonly<Record<string, number>> = { s: 1, m: 60, min: 60, h: 3_600 }
const sizeUnits: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  kib: 1_024,
  mib: 1_048_576,
  gib: 1_073_741_824,
}

const quantity = /^([0-9][0-9_]*(?:\.[0-9]+)?|\.[0-9]+)\s*([a-zµ/]*)$/i

function split(text: string, what: string, example: string): [value: number, suffix: string] {
  const match = quantity.exec(text.trim())
  if (!match)
    throw new PlimsollError('BAD_VALUE', `'${text}' is not a ${what}.`, { hint: `Write it like ${example}.` })
  return [Number(match[1]!.replaceAll('_', '')), match[2]!]
}

/**
 * Reads `500us`, `50ms`, `1.5s`, `2m`, `1h`; several parts add up (`1m30s`). A bare number is refused, since
 * nobody can tell its unit.
 * @throws PlimsollError BAD_VALUE
 */
export function parseDuration(text: string): Milliseconds {
  const parts = text.trim().match(/[0-9._]+\s*[a-zµ]+/gi)
  if (!parts || parts.join('').replaceAll(/\s/g, '') !== text.replaceAll(/\s/g, '')) {
    throw new PlimsollError('BAD_VALUE', `'${text}' is not a duration.`, {
      hint: 'Write it like 500ms, 30s or 1m30s.',
    })
  }
  let total = 0
  for (const part of parts) {
    const [value, suffix] = split(part, 'duration', '500ms or 30s')
    const factor = durationUnits[suffix]
    if (factor === undefined) {
      throw new PlimsollError('BAD_VALUE', `'${text}' has the unknown unit '${suffix}'.`, {
        hint: 'Units of time are us, ms, s, m and h.',
      })
    }
    total += value * factor
  }
  return milliseconds(total)
}

/**
 * Reads `2000/s`, `120/m`, `5k/s`; a bare number is a rate per second.
 * @throws PlimsollError BAD_VALUE
 */
export function parseRate(text: string): PerSecond {
  const [value, suffix] = split(text, 'rate', '2000/s')
  const match = /^(k|M)?(?:\/(s|m|min|h))?$/.exec(suffix)
  if (!match) {
    throw new PlimsollError('BAD_VALUE', `'${text}' is not a rate.`, {
      hint: 'Write it like 2000/s, 5k/s or 120/m.',
    })
  }
  const factor = match[1] === 'k' ? 1e3 : match[1] === 'M' ? 1e6 : 1
  return perSecond((value * factor) / ratePeriods[match[2] ?? 's']!)
}

/**
 * Reads `512`, `1KiB`, `10MB` (KiB = 1,024, KB = 1,000).
 * @throws PlimsollError BAD_VALUE
 */
export function parseSize(text: string): Bytes {
  const [value, suffix] = split(text, 'size', '1KiB')
  const factor = suffix === '' ? 1 : sizeUnits[suffix.toLowerCase()]
  if (factor === undefined) {
    throw new PlimsollError('BAD_VALUE', `'${text}' has the unknown unit '${suffix}'.`, {
      hint: 'Units of size are B, KB, KiB, MB, MiB, GB and GiB.',
    })
  }
  return bytes(Math.round(value * factor))
}

/** Three significant digits, never in exponent form: 0.0312, 1.42, 38.1, 1,300. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return String(value)
  if (value === 0) return '0'
  const size = Math.abs(value)
  if (size >= 100) return Math.round(value).toLocaleString('en-US')
  const digits = Math.min(6, Math.max(0, 2 - Math.floor(Math.log10(size))))
  return String(Number(value.toFixed(digits)))
}

/** `38.1 ms`, `1.3 s`, `16 µs`: the unit that leaves one to three digits before the point. */
export function formatMs(ms: number): string {
  const size = Math.abs(ms)
  if (size === 0) return '0 ms'
  if (size < 1) return `${formatNumber(ms * 1_000)} µs`
  if (size < 1_000) return `${formatNumber(ms)} ms`
  if (size < 120_000) return `${formatNumber(ms / 1_000)} s`
  return `${formatNumber(ms / 60_000)} min`
}

/** `5,000/s` */
export const formatRate = (rate: number): string => `${formatNumber(rate)}/s`

/** `1.5 MB`: powers of ten, since MB = 10^6 bytes in everything Plimsoll writes. */
export function formatBytes(size: number): string {
  if (size < 1e3) return `${formatNumber(size)} B`
  if (size < 1e6) return `${formatNumber(size / 1e3)} KB`
  if (size < 1e9) return `${formatNumber(size / 1e6)} MB`
  return `${formatNumber(size / 1e9)} GB`
}

/** `12.3 %` of a share between 0 and 1. */
export const formatShare = (share: number): string => `${formatNumber(share * 100)} %`
