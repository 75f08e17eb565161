import { describe, expect, it } from 'vitest'
import { validateScenario } from '../../../src/scenario/validate.js'

const problem = (value: unknown): string => {
  try {
    validateScenario(value, 'chat.ts')
    return ''
  } catch (error) {
    return (error as Error).message
  }
}

const target = 'ws://127.0.0.1:8080'

describe('validateScenario', () => {
  it('accepts all that a scenario may hold', () => {
    const scenario = {
      name: 'chat',
      target,
      slo: ['p99 < 50ms'],
      load: { connections: 10, rate: '2000/s', warmup: 'auto', duration: '30s', arrival: 'poisson', seed: 0 },
      traffic: { payload: () => 'x', reply: (text: string) => text, headers: { a: 'b' }, timeout: '2s' },
    }
    expect(validateScenario(scenario, 'chat.ts')).toBe(scenario)
    const stages = [
      { to: '100/s', over: '10s' },
      { at: 50, for: '1m' },
    ]
    expect(problem({ target, load: { stages } })).toBe('')
  })

  it.each([
    [{ target, load: { conections: 5 } }, "load.conections: unknown field; did you mean 'connections'?"],
    [{ target, rate: '5/s' }, "rate: unknown field; 'rate' belongs under 'load'."],
    [{ target, tls: { serverName: 'a' } }, "tls.serverName: unknown field; did you mean 'servername'?"],
    [{ target, tls: { insecure: 'yes' } }, 'tls.insecure: '],
    [{ target, load: { rate: '5 parsecs' } }, 'load.rate: '],
    [{ target, load: { duration: '30' } }, 'load.duration: '],
    [{ target, load: { connections: 1.5 } }, 'load.connections: '],
    [{ target, load: { connections: 0 } }, 'load.connections: '],
    [
      { target, traffic: { reply: 'fifi' } },
      "traffic.reply: expected 'auto', 'fifo', 'none', 'json:PATH' or a function",
    ],
    [{ target, load: { rate: 5, stages: [{ at: 5, for: '1s' }] } }, 'load: give either rate or stages'],
    [{ target, load: { stages: [{ to: 5, over: 'x' }] } }, 'load.stages.0.over: '],
    [{ load: {} }, 'target: '],
    ['nonsense', 'scenario: '],
  ])('names the path and what was expected: %j', (value, expected) => {
    expect(problem(value)).toContain(expected)
  })

  it('says what a duration looks like', () => {
    expect(problem({ target, load: { duration: '30' } })).toContain(
      "Expected a duration like '500ms' or '30s'",
    )
  })
})
