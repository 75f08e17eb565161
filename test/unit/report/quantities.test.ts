import { describe, expect, it } from 'vitest'
import {
  formatMargin,
  formatObserved,
  formatQuantity,
  objectiveMargin,
  objectiveSubject,
} from '../../../src/report/quantities.js'

const objective = {
  expression: 'service.p99 < 50ms',
  metric: 'service',
  statistic: 'p99',
  observed: 38,
  interval: null,
  limit: 50,
  unit: 'ms',
  ok: true,
}
const throughput = {
  ...objective,
  expression: 'throughput > 5000/s',
  unit: '/s',
  limit: 5_000,
  observed: 4_000,
}

describe('quantities', () => {
  it('puts a unit on every number', () => {
    expect(formatQuantity(1_300, 'ms')).toBe('1.3 s')
    expect(formatQuantity(5_000, '/s')).toBe('5,000/s')
    expect(formatQuantity(0.1, '%')).toBe('0.1 %')
    expect(formatQuantity(0.001, 'share')).toBe('0.1 %')
    expect(formatQuantity(1.5e6, 'bytes')).toBe('1.5 MB')
    expect(formatQuantity(3, 'count')).toBe('3')
    expect(formatQuantity(3, 'rooms')).toBe('3 rooms')
  })

  it('reads the subject of an objective', () => {
    expect(objectiveSubject(objective)).toBe('service.p99')
    expect(objectiveSubject({ ...objective, expression: 'errors<0.1%' })).toBe('errors')
    expect(objectiveSubject({ ...objective, expression: '' })).toBe('p99')
  })

  it('counts room towards the limit, whichever way it lies', () => {
    expect(objectiveMargin(objective)).toBeCloseTo(0.24)
    expect(objectiveMargin(throughput)).toBeCloseTo(-0.2)
    expect(objectiveMargin({ ...objective, limit: 0 })).toBeNull()
    expect(objectiveMargin({ ...objective, observed: null })).toBeNull()
  })

  it('says margins in words, and multiples where a share says little', () => {
    expect(formatMargin(objective)).toBe('24 % below the limit')
    expect(formatMargin(throughput)).toBe('20 % below the limit')
    expect(formatMargin({ ...objective, observed: 60 })).toBe('20 % above the limit')
    expect(formatMargin({ ...objective, observed: 312 })).toBe('6.24 times the limit')
    expect(formatMargin({ ...objective, observed: 50 })).toBe('at the limit')
    expect(formatMargin({ ...objective, observed: null })).toBe('')
  })

  it('shows a bound as a bound and nothing as nothing', () => {
    expect(formatObserved({ ...objective, observed: 10_000, bound: true })).toBe('≥ 10 s')
    expect(formatObserved({ ...objective, observed: null })).toBe('no data')
  })
})
