import { describe, expect, it } from 'vitest'
import { analyzeProfiles, type ProfileAnalysis } from '../../../src/profiling/analyze-profile.js'
import { makeProfile, type Spec, threadOf } from './make-profile.js'

const analyze = (
  children: readonly Spec[],
  samples: ReadonlyArray<readonly [path: string, us: number]>,
): ProfileAnalysis =>
  analyzeProfiles([threadOf(makeProfile(children, samples))], { readSource: () => 'work()' })

const node = (name: string, module: string, children: readonly Spec[] = []): Spec => ({
  name,
  url: `node:${module}`,
  line: 1,
  children,
})
const app = (name: string): Spec => ({ name, url: 'file:///app/server.js', line: 1, ticks: [[1, 1]] })
const query: Spec = { name: 'query', url: 'file:///app/node_modules/pg/lib/client.js', line: 1 }
const ticks = (children: readonly Spec[]): Spec =>
  node('processTicksAndRejections', 'internal/process/task_queues', children)

describe('time that Node spends on its queues', () => {
  it('goes to what they called, in proportion, and is shown so in the flame graph', () => {
    const { categories, unattributed, flame, hottest, culprits } = analyze(
      [ticks([app('answer'), query, node('shift', 'internal/fixed_queue')])],
      [
        ['processTicksAndRejections', 40],
        ['processTicksAndRejections>shift', 20],
        ['processTicksAndRejections>answer', 600],
        ['processTicksAndRejections>query', 200],
        ['processTicksAndRejections', 40],
      ],
    )
    expect(categories['business-logic']).toBeCloseTo(675 / 900, 12)
    expect(categories['database-driver']).toBeCloseTo(225 / 900, 12)
    expect(unattributed).toBe(0)
    const shown = [...flame.nodes.self].flatMap((us, index) => {
      const { name, category } = flame.frames[flame.nodes.frame[index]!]!
      return us > 0 ? [[name, category, us]] : []
    })
    expect(shown).toEqual([
      ['processTicksAndRejections', 'business-logic', 60],
      ['for database-driver', 'database-driver', 20],
      ['answer', 'business-logic', 600],
      ['query', 'database-driver', 200],
      ['shift', 'business-logic', 15],
      ['for database-driver', 'database-driver', 5],
    ])
    expect(hottest.map((hot) => [hot.function, hot.selfShare * 900])).toEqual([
      ['answer', 600],
      ['query', 200],
      ['processTicksAndRejections', 80],
      ['shift', 20],
    ])
    expect(culprits['business-logic'].map((culprit) => culprit.function)).toEqual(['answer'])
  })

  it('goes by the nearest queue that called something', () => {
    const microtasks: Spec = { name: 'runMicrotasks', children: [query] }
    const { categories } = analyze(
      [ticks([microtasks, app('answer')])],
      [
        ['processTicksAndRejections>runMicrotasks', 100],
        ['processTicksAndRejections>runMicrotasks>query', 300],
        ['processTicksAndRejections>answer', 600],
      ],
    )
    expect(categories['database-driver']).toBeCloseTo(0.4, 12)
  })

  it('stays unattributed where they called nothing, or nothing that has a category', () => {
    const { unattributed } = analyze(
      [ticks([node('shift', 'internal/fixed_queue')]), { name: '(program)' }, app('answer')],
      [
        ['processTicksAndRejections', 100],
        ['processTicksAndRejections>shift', 100],
        ['(program)', 200],
        ['answer', 600],
      ],
    )
    expect(unattributed).toBeCloseTo(0.4, 12)
  })
})

describe('Plimsoll’s own code in the target', () => {
  it('is set apart with all that it calls, as idle time is, but is not idle', () => {
    const read: Spec = {
      name: 'read',
      url: 'plimsoll:observer',
      line: 72,
      children: [{ name: 'memoryUsage' }],
    }
    const { categories, unattributed, onCpuSeconds, seconds, idleShare, hottest, flame } = analyze(
      [{ name: '(idle)' }, { ...app('answer'), children: [read] }],
      [
        ['(idle)', 500],
        ['answer', 300],
        ['answer>read', 50],
        ['answer>read>memoryUsage', 50],
        ['answer', 100],
      ],
    )
    expect(categories['business-logic']).toBe(1)
    expect(unattributed).toBe(0)
    expect(onCpuSeconds).toBeCloseTo(400e-6, 12)
    expect(seconds).toBeCloseTo(1_000e-6, 12)
    expect(idleShare).toBe(0.5)
    expect(hottest.map((hot) => hot.function)).toEqual(['answer'])
    expect(hottest[0]!.selfShare).toBe(1)
    expect([...flame.nodes.self].reduce((sum, us) => sum + us, 0)).toBe(400)
    expect([...flame.streams[0]!.us]).toEqual([500, 300, 100, 100])
    expect([...flame.streams[0]!.node].map((at) => at < 0)).toEqual([true, false, true, false])
  })
})
