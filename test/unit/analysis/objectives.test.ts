import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  evaluateObjective,
  type ObjectiveEvidence,
  parseObjective,
  surelyLost,
  tightestLatencyObjectiveUs,
} from '../../../src/analysis/objectives.js'
import { PlimsollError } from '../../../src/kernel/errors.js'
import { Histogram } from '../../../src/measurement/histogram.js'

/** `counts` by value in ms. */
function histogram(counts: Readonly<Record<number, number>>): Histogram {
  const filled = new Histogram()
  for (const [ms, count] of Object.entries(counts))
    if (count > 0) filled.recordCount(Number(ms) * 1_000, count)
  return filled
}

const evidence = (response: Histogram, change: Partial<ObjectiveEvidence> = {}): ObjectiveEvidence => ({
  metrics: { response: { distribution: response, censoredCount: 0, minCensoredUs: null } },
  invalidReplies: 0,
  messagesDue: response.count,
  connectionAttempts: 0,
  errorsTotal: 0,
  achievedRate: 1_900,
  ...change,
})
const judge = (expression: string, given: ObjectiveEvidence) =>
  evaluateObjective(parseObjective(expression), given)

function refusal(text: string): PlimsollError {
  try {
    parseObjective(text)
  } catch (error) {
    if (error instanceof PlimsollError) return error
    throw error
  }
  throw new Error(`'${text}' was accepted`)
}

describe('parseObjective', () => {
  it('reads metric, statistic, comparison and limit, and keeps the text', () => {
    expect(parseObjective(' service.p99.9<=0.2 s ')).toMatchObject({
      expression: 'service.p99.9<=0.2 s',
      metric: 'service',
      statistic: 'p99.9',
      limit: 200,
      unit: 'ms',
    })
    expect(parseObjective('max < 1s')).toMatchObject({ metric: 'response', statistic: 'max', limit: 1_000 })
    expect(parseObjective('join.p95 < 250us')).toMatchObject({ metric: 'join', limit: 0.25 })
    expect(parseObjective('errors < 0.1%')).toMatchObject({ metric: 'errors', limit: 0.1, unit: '%' })
    expect(parseObjective('throughput > 5000/s')).toMatchObject({ limit: 5_000, unit: '/s' })
  })

  it('reads what it is given in any spacing', () => {
    const space = fc.constantFrom('', ' ', '  ', '\t')
    fc.assert(
      fc.property(
        space,
        space,
        fc.constantFrom('<', '<=', '>', '>='),
        fc.integer({ min: 1, max: 9_999 }),
        (a, b, op, ms) => {
          expect(parseObjective(`${a}p99${a}${op}${b}${ms}${a}ms${b}`).limit).toBe(ms)
        },
      ),
    )
  })

  it.each([
    ['p99 < 50', 'p99 < 50ms'],
    ['p99,9 < 50ms', 'p99.9'],
    ['erors < 1%', 'errors'],
    ['latency.p99 < 50ms', 'response'],
    ['avg < 50ms', 'mean'],
    ['p99 = 50ms', '<='],
    ['errors < 0.1', '0.1%'],
  ])('refuses %s and hints at %s', (text, hint) => {
    const error = refusal(text)
    expect(error.code).toBe('BAD_OBJECTIVE')
    expect(error.hint).toContain(hint)
  })

  it.each(['', 'p0 < 1ms', 'p100 < 1ms', 'p99 < -1ms', 'p99 < 5 parsecs', 'response.errors < 1%'])(
    'refuses %j',
    (text) => {
      expect(refusal(text).code).toBe('BAD_OBJECTIVE')
    },
  )

  it('never fails with anything but BAD_OBJECTIVE', () => {
    const bits = fc.constantFrom('p99', '.', ',', '<', '=', '50', 'ms', '%', ' ', 'errors', 'x', '/s', '-')
    fc.assert(
      fc.property(fc.array(bits, { maxLength: 8 }), (parts) => {
        try {
          expect(parseObjective(parts.join('')).limit).toBeGreaterThanOrEqual(0)
        } catch (error) {
          expect(error).toMatchObject({ code: 'BAD_OBJECTIVE' })
        }
      }),
    )
  })
})

describe('a percentile', () => {
  it('passes, fails or stays open by its interval', () => {
    expect(judge('p99 < 50ms', evidence(histogram({ 5: 9_950, 90: 50 }))).ok).toBe(true)
    expect(judge('p99 < 50ms', evidence(histogram({ 5: 9_800, 90: 200 }))).ok).toBe(false)
    expect(judge('p99 < 50ms', evidence(histogram({ 5: 9_905, 90: 95 }))).ok).toBeNull()
    expect(judge('p99 < 50ms', evidence(histogram({ 5: 9_890, 90: 110 }))).ok).toBeNull()
  })

  it('passes with however few messages if none exceeds, and is open without any', () => {
    expect(judge('p99 < 50ms', evidence(histogram({ 5: 20 }))).ok).toBe(true)
    expect(judge('p99 < 50ms', evidence(new Histogram()))).toMatchObject({
      observed: null,
      ok: null,
      interval: null,
    })
    expect(judge('join.p99 < 50ms', evidence(histogram({ 5: 20 }))).note).toContain('join')
  })

  it('has an interval around it, never inside out', () => {
    const counts = fc.integer({ min: 0, max: 500 })
    fc.assert(
      fc.property(counts, counts, fc.constantFrom('p50', 'p90', 'p99', 'p99.9'), (fast, slow, statistic) => {
        const { observed, interval } = judge(
          `${statistic} < 50ms`,
          evidence(histogram({ 5: fast + 1, 90: slow })),
        )
        expect(interval![0]).toBeLessThanOrEqual(interval![1])
        expect(interval![0]).toBeLessThanOrEqual(observed!)
        expect(interval![1]).toBeGreaterThanOrEqual(observed! * 0.998)
      }),
    )
  })

  it('is a bound among messages without a reply', () => {
    const response = histogram({ 5: 9_500, 10000: 500 })
    const given = evidence(response, {
      metrics: { response: { distribution: response, censoredCount: 500, minCensoredUs: 10e6 } },
    })
    expect(judge('p99 < 50ms', given)).toMatchObject({ bound: true, ok: false })
    expect(judge('p99 < 20s', given)).toMatchObject({ bound: true, ok: null })
    expect(judge('p50 < 50ms', given).ok).toBe(true)
  })

  it('is not left open by one early loss among a million', () => {
    const response = histogram({ 1: 1, 5: 999_999 })
    const given = evidence(response, {
      metrics: { response: { distribution: response, censoredCount: 1, minCensoredUs: 1_000 } },
    })
    expect(judge('p99 < 50ms', given).ok).toBe(true)
  })

  it('counts replies that are errors as exceeding, and says so', () => {
    const result = judge('p99 < 50ms', evidence(histogram({ 5: 10_000 }), { invalidReplies: 210 }))
    expect(result.ok).toBe(false)
    expect(result.note).toContain('2.1 %')
    expect(judge('p90 < 50ms', evidence(histogram({ 5: 10_000 }), { invalidReplies: 210 })).ok).toBe(true)
    expect(judge('p99 < 50ms', evidence(histogram({ 5: 600 }), { invalidReplies: 8 })).ok).toBeNull()
  })

  it('does not count a message twice that was slow and an error', () => {
    const both = evidence(histogram({ 5: 99_300, 90: 700 }), { invalidReplies: 700 })
    expect(judge('p99 < 50ms', both).ok).toBeNull()
  })
})

describe('the other statistics', () => {
  it('are decided by what was observed', () => {
    const given = evidence(histogram({ 5: 900, 90: 100 }), {
      errorsTotal: 3,
      messagesDue: 990,
      connectionAttempts: 10,
    })
    expect(judge('errors < 0.3%', given)).toMatchObject({ observed: 0.3, ok: false, interval: null })
    expect(judge('errors <= 0.3%', given).ok).toBe(true)
    expect(judge('errors < 4', given)).toMatchObject({ observed: 3, ok: true })
    expect(judge('throughput > 1900/s', given)).toMatchObject({ observed: 1_900, ok: false })
    expect(judge('max < 1s', given).ok).toBe(true)
    expect(judge('mean > 10ms', given)).toMatchObject({ ok: true, interval: null })
    expect(judge('errors < 1%', { ...given, messagesDue: 0, connectionAttempts: 0 })).toMatchObject({
      ok: null,
    })
  })
})

describe('surelyLost', () => {
  const progress = (response: Histogram, invalidReplies = 0, errorsTotal = 0) => ({
    response,
    invalidReplies,
    errorsTotal,
    connectionAttempts: 0,
    expectedMessages: 1_000,
  })
  const lost = (expression: string, ...given: Parameters<typeof progress>) =>
    surelyLost(parseObjective(expression), progress(...given))

  it('waits until no further message can save the objective', () => {
    expect(lost('p99 < 50ms', histogram({ 90: 10 }))).toBe(false)
    expect(lost('p99 < 50ms', histogram({ 90: 11 }))).toBe(true)
    expect(lost('p90 < 50ms', histogram({ 90: 100 }))).toBe(false)
    expect(lost('p90 < 50ms', histogram({ 90: 101 }))).toBe(true)
    expect(lost('errors < 1%', histogram({ 5: 20 }), 0, 9)).toBe(false)
    expect(lost('errors < 1%', histogram({ 5: 20 }), 0, 10)).toBe(true)
    expect(lost('max < 50ms', histogram({ 90: 1 }))).toBe(true)
    expect(lost('throughput > 5/s', histogram({ 90: 500 }))).toBe(false)
  })

  it('does not count a message twice that was slow and an error', () => {
    expect(lost('p99 < 50ms', histogram({ 90: 7 }), 7)).toBe(false)
    expect(lost('p99 < 50ms', histogram({ 5: 11 }), 11)).toBe(true)
  })
})

it('the tightest latency objective is the lowest upper limit on a time', () => {
  const parse = (...texts: string[]) => texts.map((text) => parseObjective(text))
  expect(tightestLatencyObjectiveUs(parse('p99 < 50ms', 'p99.9 < 0.2s', 'errors < 1%'))).toBe(50_000)
  expect(tightestLatencyObjectiveUs(parse('p99 > 1ms', 'throughput > 5/s'))).toBeNull()
})
