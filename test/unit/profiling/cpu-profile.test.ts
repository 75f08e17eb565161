import { Session } from 'node:inspector/promises'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkCpuProfile, profileLimits } from '../../../src/profiling/cpu-profile.js'
import { makeProfile } from './make-profile.js'

const good = makeProfile(
  [{ name: 'a', url: 'file:///a.js', line: 1, ticks: [[2, 3]], children: [{ name: 'b' }] }],
  [
    ['a', 10],
    ['a>b', 20],
  ],
)
const copy = (): Record<string, unknown> => structuredClone(good) as unknown as Record<string, unknown>

function problemOf(change: (profile: ReturnType<typeof copy>) => unknown): string | null {
  const profile = copy()
  const value = change(profile) ?? profile
  const checked = checkCpuProfile(value)
  return 'problem' in checked ? checked.problem : null
}

describe('checkCpuProfile', () => {
  it('passes a good profile unchanged', () => {
    expect(checkCpuProfile(copy())).toEqual({ profile: good })
  })

  it('passes what V8 writes', async () => {
    const session = new Session()
    session.connect()
    await session.post('Profiler.enable')
    await session.post('Profiler.start')
    let sum = 0
    for (const end = performance.now() + 30; performance.now() < end; ) sum += JSON.stringify({ sum }).length
    const { profile } = await session.post('Profiler.stop')
    session.disconnect()
    const checked = checkCpuProfile(profile)
    expect('profile' in checked && checked.profile.samples.length).toBeGreaterThan(0)
  })

  it('names what is wrong', () => {
    const node = (id: number, children: number[]) => ({ ...structuredClone(good.nodes[1]!), id, children })
    expect(problemOf(() => 'text')).toBe('the profile is not an object')
    expect(problemOf((p) => ({ ...p, nodes: {} }))).toBe('nodes is not a list')
    expect(problemOf((p) => ({ ...p, samples: [99, 1] }))).toBe('a sample names the unknown node 99')
    expect(problemOf((p) => ({ ...p, timeDeltas: [1] }))).toBe('samples and timeDeltas differ in length')
    expect(problemOf((p) => ({ ...p, timeDeltas: [1, Number.NaN] }))).toBe('a time delta is not a number')
    expect(problemOf((p) => ({ ...p, timeDeltas: [1, 1e300] }))).toBe('a time delta is out of range')
    expect(problemOf((p) => ({ ...p, endTime: 1 }))).toBe('endTime lies before startTime')
    expect(
      problemOf((p) => ({ ...p, nodes: [node(1, [2]), node(2, []), node(2, [])], samples: [1, 2] })),
    ).toBe('node 2 appears twice')
    expect(problemOf((p) => ({ ...p, nodes: [node(1, [2, 7]), node(2, [])], samples: [1, 2] }))).toBe(
      'node 1 has the unknown child 7',
    )
    expect(
      problemOf((p) => ({ ...p, nodes: [node(1, [2, 3]), node(2, [3]), node(3, [])], samples: [1, 2] })),
    ).toBe('node 3 has two parents')
    expect(
      problemOf((p) => ({ ...p, nodes: [node(1, []), node(2, [3]), node(3, [2])], samples: [1, 2] })),
    ).toBe('its nodes form a cycle')
    expect(problemOf((p) => ({ ...p, nodes: [node(1, [2]), node(2, [1])], samples: [1, 2] }))).toBe(
      'it has 0 roots instead of one',
    )
  })

  it('cuts long names', () => {
    const long = makeProfile([{ name: 'x'.repeat(5_000) }], [])
    const checked = checkCpuProfile(long)
    expect('profile' in checked && checked.profile.nodes[1]?.callFrame.functionName.length).toBe(
      profileLimits.nameLength,
    )
  })

  it('answers for anything at all, and never throws', () => {
    const keys = ['nodes', 'samples', 'timeDeltas', 'startTime', 'endTime']
    fc.assert(
      fc.property(fc.constantFrom(...keys), fc.anything(), (key, value) => {
        const checked = checkCpuProfile({ ...copy(), [key]: value })
        return 'problem' in checked || 'profile' in checked
      }),
      { numRuns: 300 },
    )
  })
})
