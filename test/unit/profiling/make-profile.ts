import type { CallFrame, CpuProfile, PositionTick, ProfileNode } from '../../../src/profiling/cpu-profile.js'
import type { ThreadProfile } from '../../../src/profiling/thread-profile.js'

export interface Spec {
  readonly name: string
  readonly url?: string
  /** 1-based line of the function. */
  readonly line?: number
  readonly ticks?: ReadonlyArray<readonly [line: number, ticks: number]>
  readonly children?: readonly Spec[]
}

/** A profile from a tree of frames and samples `[path of names, µs]`; each sample runs until the next. */
export function makeProfile(
  children: readonly Spec[],
  samples: ReadonlyArray<readonly [path: string, us: number]>,
): CpuProfile {
  const nodes: ProfileNode[] = []
  const ids = new Map<string, number>()
  const add = (spec: Spec, path: string): number => {
    const id = nodes.length + 1
    ids.set(path, id)
    const node = { id, callFrame: frameOf(spec), hitCount: 0 }
    nodes.push(node)
    const childIds = (spec.children ?? []).map((child) =>
      add(child, path === '' ? child.name : `${path}>${child.name}`),
    )
    nodes[id - 1] = {
      ...node,
      ...(childIds.length > 0 ? { children: childIds } : {}),
      ...(spec.ticks
        ? { positionTicks: spec.ticks.map(([line, ticks]): PositionTick => ({ line, ticks })) }
        : {}),
    }
    return id
  }
  add({ name: '(root)', children }, '')
  const startTime = 1_000_000_000
  return {
    nodes,
    startTime,
    endTime: startTime + 500 + samples.reduce((sum, [, us]) => sum + us, 0),
    samples: samples.map(([path]) => {
      const id = ids.get(path)
      if (id === undefined) throw new Error(`no frame ${path}`)
      return id
    }),
    timeDeltas: samples.map((_, sample) => (sample === 0 ? 500 : samples[sample - 1]![1])),
  }
}

/** A sample many times over, so that a profile has enough of them to be believed. */
export const often = (path: string, us: number): ReadonlyArray<readonly [path: string, us: number]> =>
  Array.from({ length: 100 }, () => [path, us / 100])

/** The profile as that of the main thread of process 7, if nothing else is said. */
export const threadOf = (profile: CpuProfile, rest: Partial<ThreadProfile> = {}): ThreadProfile => ({
  pid: 7,
  threadId: 0,
  thread: 'main',
  profile,
  scripts: new Map(),
  ...rest,
})

const frameOf = (spec: Spec): CallFrame => ({
  functionName: spec.name,
  scriptId: '1',
  url: spec.url ?? '',
  lineNumber: (spec.line ?? 0) - 1,
  columnNumber: spec.line === undefined ? -1 : 0,
})
