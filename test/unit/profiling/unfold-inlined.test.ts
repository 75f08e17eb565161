import { describe, expect, it } from 'vitest'
import { analyzeProfiles, type ProfileAnalysis } from '../../../src/profiling/analyze-profile.js'
import type { FunctionExtent, ScriptText } from '../../../src/profiling/thread-profile.js'
import { makeProfile, type Spec, threadOf } from './make-profile.js'

/** A script of 100 lines with functions `[name, first line, last line]`. */
function scriptOf(
  ...functions: ReadonlyArray<readonly [name: string, from: number, to: number]>
): ScriptText {
  const lines = Array.from({ length: 100 }, () => '  sum += 1')
  for (const [name, from, to] of functions) {
    lines[from - 1] = `function ${name}() {`
    lines[to - 1] = '}'
  }
  const startOf = (line: number): number => lines.slice(0, line - 1).join('\n').length + (line > 1 ? 1 : 0)
  const extents = functions.map(
    ([name, from, to]): FunctionExtent => ({ name, start: startOf(from), end: startOf(to) + 1 }),
  )
  return { source: lines.join('\n'), sourceMapUrl: null, functions: extents }
}

const scripts = new Map([
  ['file:///outer.js', scriptOf(['outer', 10, 20])],
  ['file:///inner.js', scriptOf(['inner', 15, 45])],
  ['file:///other.js', scriptOf(['other', 40, 60], ['uncalled', 70, 90])],
  ['node:internal/timers', scriptOf(['processImmediate', 10, 20])],
])
const inner: Spec = { name: 'inner', url: 'file:///inner.js', line: 15 }
const other: Spec = { name: 'other', url: 'file:///other.js', line: 40 }
const outer: Spec = { name: 'outer', url: 'file:///outer.js', line: 10 }
const timers: Spec = { name: 'processImmediate', url: 'node:internal/timers', line: 10 }

/** A profile in which a function has ticks on these lines, 1 ms each, and those callees without any. */
function analyze(caller: Spec, lines: readonly number[], children: readonly Spec[]): ProfileAnalysis {
  const ticks = lines.map((line) => [line, 1] as const)
  const profile = makeProfile(
    [{ ...caller, ticks, children }],
    lines.map(() => [caller.name, 1_000] as const),
  )
  return analyzeProfiles([threadOf(profile, { scripts })], { readSource: () => null })
}

const selfMs = ({ hottest, onCpuSeconds }: ProfileAnalysis): Record<string, number> =>
  Object.fromEntries(
    hottest.map((one) => [one.function, Math.round(one.selfShare * onCpuSeconds * 1_000)] as const),
  )

describe('ticks on lines of another script', () => {
  it('belong to the one callee that stands there', () => {
    const found = analyze(outer, [11, 12, 30, 31, 32], [inner, other])
    expect(selfMs(found)).toEqual({ inner: 3, outer: 2 })
    expect(found.hottest[0]).toMatchObject({ file: '/inner.js', line: 15 })
    expect(found.categories['business-logic']).toBeCloseTo(1)
  })

  it('belong to a callee of a callee as well', () => {
    const found = analyze(outer, [50, 51], [{ ...inner, children: [other] }])
    expect(selfMs(found)).toEqual({ other: 2 })
  })

  it('are nobody’s where two callees stand there', () => {
    const found = analyze(outer, [11, 42, 43, 44], [inner, other])
    expect(selfMs(found)).toEqual({ outer: 1 })
    expect(found.unattributed).toBeCloseTo(0.75)
  })

  it('are nobody’s where no callee stands there', () => {
    const found = analyze(outer, [11, 75], [inner, other])
    expect(selfMs(found)).toEqual({ outer: 1 })
    expect(found.unattributed).toBeCloseTo(0.5)
  })

  it('are the caller’s where its own lines are, unless a callee there was inlined for certain', () => {
    expect(selfMs(analyze(outer, [11, 16, 17], [inner]))).toEqual({ outer: 3 })
    const both = analyze(outer, [11, 16, 17, 30], [inner])
    expect(selfMs(both)).toEqual({ inner: 1, outer: 1 })
    expect(both.unattributed).toBeCloseTo(0.5)
  })

  it('below Node’s timers are never theirs where a callee of the app stands', () => {
    expect(selfMs(analyze(timers, [30, 31], [inner]))).toEqual({ inner: 2 })
    const both = analyze(timers, [11, 16], [inner])
    expect(selfMs(both)).toEqual({ processImmediate: 1 })
    expect(both.unattributed).toBeGreaterThanOrEqual(0.5)
    expect(selfMs(analyze(timers, [42], [inner, other]))).toEqual({})
    // Node inlines its own modules into each other.
    expect(selfMs(analyze(timers, [75], [inner]))).toEqual({ processImmediate: 1 })
  })
})
