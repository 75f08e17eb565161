import { describe, expect, it } from 'vitest'
import { answerOf, replyPhrase, warmupPhrase, whatTheMeanHides } from '../../../src/report/answer.js'
import { makeReportData } from '../../fixtures/report-data.js'

const { run } = makeReportData()
const closed = {
  ...run.load,
  model: 'closed' as const,
  arrival: null,
  offeredRate: null,
  achievedRate: 12_345,
}

describe('answerOf', () => {
  it('picks the objective with the least room for the headline', () => {
    expect(answerOf(run).headline).toBe(
      'Holds 5,000 messages/s on 1,000 connections with p99.9 34.4 ms (objective 80 ms).',
    )
  })

  it('never says that a closed loop holds a rate', () => {
    const { headline } = answerOf({ ...run, load: closed })
    expect(headline).toMatch(/^In a closed loop, reaches 12,345 messages\/s on 1,000 connections with /)
  })

  it('calls HTTP traffic requests, and one connection one connection', () => {
    const { headline } = answerOf({ ...run, protocol: 'http1', load: { ...run.load, connections: 1 } })
    expect(headline).toContain('5,000 requests/s on 1 connection with')
  })

  it('counts missed objectives and shows the worst', () => {
    const slo = run.slo.map((objective, i) => ({
      ...objective,
      ok: i === 2,
      limit: objective.observed! / (2 + i),
    }))
    expect(answerOf({ ...run, verdict: 'fail', slo }).headline).toMatch(
      /: p99\.9 34\.4 ms \(objective 11\.5 ms\); 2 of 3 objectives are missed\.$/,
    )
  })

  it('says what an inconclusive run lacks', () => {
    const slo = [{ ...run.slo[0]!, ok: null, note: 'only 40 values' }]
    expect(answerOf({ ...run, verdict: 'inconclusive', slo }).headline).toBe(
      'The data cannot tell whether 5,000 messages/s on 1,000 connections holds: only 40 values.',
    )
  })

  it('admits that a failure is unexplained, and keeps quiet about a healthy target', () => {
    const finding = { ...run.diagnosis[0]!, where: undefined }
    const unexplained = {
      ...run,
      verdict: 'fail' as const,
      diagnosis: [{ ...finding, cause: 'unexplained' }],
    }
    expect(answerOf(unexplained).remarks).toEqual([
      'What gave way is unexplained: no rule fits the evidence.',
    ])
    expect(answerOf({ ...run, diagnosis: [{ ...finding, cause: 'none' }] }).remarks).toEqual([])
  })

  it('says that a run was interrupted', () => {
    expect(answerOf({ ...run, interrupted: true }).remarks[0]).toBe(
      'Interrupted: this is what 30 s of measuring showed.',
    )
  })

  it('says why a run ended early', () => {
    const aborted = { ...run, settings: { ...run.settings, abortedBy: 'p99 < 50ms', targetGone: true } }
    expect(answerOf(aborted).remarks.slice(0, 2)).toEqual([
      'The target ended during the run.',
      'Stopped early: p99 < 50ms was surely lost by then.',
    ])
  })

  it('says that no connection could be opened, rather than that data lacks', () => {
    const counters = {
      ...run.counters,
      connectionsOpened: 0,
      connectionsFailed: 3,
      errors: { total: 3, byKind: { 'connect-refused': 3 } },
    }
    expect(answerOf({ ...run, verdict: 'inconclusive', counters }).headline).toBe(
      `No connection to ${run.target} could be opened: connect-refused.`,
    )
  })
})

describe('phrases', () => {
  it('tells a fixed warm-up from a detected one, and one that found no steady state', () => {
    const phrase = (warmup: typeof run.load.warmup) => warmupPhrase({ ...run, load: { ...run.load, warmup } })
    expect(phrase({ seconds: 5, method: 'fixed', established: null })).toBe('5 s cut off, a fixed time')
    expect(phrase({ seconds: 9, method: 'auto', established: true })).toContain('steady state was reached')
    expect(phrase({ seconds: 20, method: 'auto', established: false })).toContain('not established')
    expect(phrase({ seconds: 0, method: 'none', established: null })).toContain('none')
  })

  it('names every way to match replies', () => {
    const phrase = (reply: string) => replyPhrase({ ...run, load: { ...run.load, reply } })
    expect(phrase('json:data.id')).toBe('by JSON field data.id')
    expect(phrase('fifo')).toBe('in order (fifo)')
    expect(phrase('protocol')).toBe('by the protocol')
  })

  it('states p50, p99 and the mean, or nothing without values', () => {
    expect(whatTheMeanHides(run)).toBe(
      'The mean of 2.21 ms hides the spread: half of all replies took 1.65 ms or less, and one in a hundred took 15.1 ms or more, 9.15 times the median.',
    )
    const empty = { ...run.metrics.response!, count: 0 }
    expect(whatTheMeanHides({ ...run, metrics: { response: empty } })).toBeNull()
  })
})
