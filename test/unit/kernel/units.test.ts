import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PlimsollError } from '../../../src/kernel/errors.js'
import {
  formatBytes,
  formatMs,
  formatNumber,
  formatShare,
  parseDuration,
  parseRate,
  parseSize,
} from '../../../src/kernel/units.js'

describe('durations', () => {
  it.each([
    ['500us', 0.5],
    ['50ms', 50],
    ['1.5s', 1_500],
    ['2m', 120_000],
    ['1h', 3_600_000],
    ['1m30s', 90_000],
    ['1_000 ms', 1_000],
  ])('reads %s', (text, ms) => expect(parseDuration(text)).toBe(ms))

  it.each(['50', '', 'ms', '5 parsecs', '-5s', '5s!', '1e3s'])('refuses %s with a hint', (text) => {
    expect(() => parseDuration(text)).toThrow(PlimsollError)
  })

  it('reads back what it writes, to three digits', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.001, max: 1e7, noNaN: true }), (ms) => {
        const written = formatMs(ms).replaceAll(',', '').replace('µs', 'us').replace('min', 'm')
        expect(Math.abs(parseDuration(written) / ms - 1)).toBeLessThan(0.006)
      }),
    )
  })
})

describe('rates', () => {
  it.each([
    ['2000', 2_000],
    ['2000/s', 2_000],
    ['120/m', 2],
    ['5k/s', 5_000],
    ['1.5k', 1_500],
    ['5M/s', 5_000_000],
    ['3600/h', 1],
  ])('reads %s', (text, rate) => expect(parseRate(text)).toBe(rate))

  it.each(['fast', '5/day', '5kk/s', '/s', '-1'])('refuses %s', (text) => {
    expect(() => parseRate(text)).toThrow(PlimsollError)
  })
})

describe('sizes', () => {
  it.each([
    ['512', 512],
    ['1KiB', 1_024],
    ['1KB', 1_000],
    ['2 MiB', 2_097_152],
    ['1.5kb', 1_500],
  ])('reads %s', (text, size) => expect(parseSize(text)).toBe(size))

  it('refuses other units', () => expect(() => parseSize('5 stones')).toThrow(/unknown unit 'stones'/))
})

describe('figures for people', () => {
  it.each([
    [0, '0'],
    [0.0312, '0.0312'],
    [1.4249, '1.42'],
    [38.14, '38.1'],
    [99.96, '100'],
    [1_300, '1,300'],
    [-2.5, '-2.5'],
  ])('writes %d', (value, text) => expect(formatNumber(value)).toBe(text))

  it.each([
    [0.016, '16 µs'],
    [38.1, '38.1 ms'],
    [1_300, '1.3 s'],
    [600_000, '10 min'],
  ])('writes %d ms', (ms, text) => expect(formatMs(ms)).toBe(text))

  it('writes sizes in powers of ten and shares in percent', () => {
    expect(formatBytes(1_500_000)).toBe('1.5 MB')
    expect(formatShare(0.123)).toBe('12.3 %')
  })
})
