import type { Category } from '../../../src/profiling/categories.js'
import { FlameBuilder } from '../../../src/profiling/flame-builder.js'
import type { FlameProfile, SampleStream } from '../../../src/profiling/flame-profile.js'

export interface TestThread {
  readonly pid?: number
  readonly thread: string
  readonly startUs?: number
  /** `outer>inner` or `(idle)`, and µs. */
  readonly samples: ReadonlyArray<readonly [stack: string, us: number]>
}

const frameOf = (name: string) => ({
  name,
  file: name.startsWith('native') ? 'native' : '/app/server.js',
  line: name.startsWith('native') ? 0 : name.length,
  category: (name.startsWith('json') ? 'serialization' : 'business-logic') as Category,
})

/** A flame profile of stacks; several threads become the first frames. */
export function makeFlame(threads: readonly TestThread[]): FlameProfile {
  const builder = new FlameBuilder()
  const streams = threads.map(({ pid = 1, thread, startUs = 0, samples }): SampleStream => {
    const root =
      threads.length > 1
        ? builder.child(0, builder.frame({ name: thread, file: '', line: 0, category: 'unattributed' }))
        : 0
    const node = samples.map(([stack, us]) => {
      if (stack === '(idle)') return -1
      const top = stack
        .split('>')
        .reduce((parent, name) => builder.child(parent, builder.frame(frameOf(name))), root)
      builder.add(top, us)
      return top
    })
    return {
      pid,
      thread,
      startUs,
      node: Int32Array.from(node),
      us: Float64Array.from(samples, ([, us]) => us),
    }
  })
  return builder.build('us', streams)
}

/** What never came from a clock: a heap profile. */
export function makeHeapFlame(stacks: ReadonlyArray<readonly [stack: string, bytes: number]>): FlameProfile {
  const flame = makeFlame([{ thread: 'main', samples: stacks }])
  return { ...flame, unit: 'bytes', streams: [] }
}
