import { gunzipSync, gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readPprof } from '../../../../src/profiling/pprof/pprof-reader.js'
import { toPprof } from '../../../../src/profiling/pprof/pprof-writer.js'
import { makeFlame, makeHeapFlame } from '../make-flame.js'
import { buildPprof } from './build-pprof.js'
import { walkPprof } from './walk-pprof.js'

const options = { startedAtMs: 1_700_000_000_123, seconds: 2.5 }
const flame = makeFlame([
  {
    pid: 11,
    thread: 'main',
    samples: [
      ['serve>json', 1_000],
      ['(idle)', 9_000],
      ['serve>json', 2_000],
      ['serve', 500],
    ],
  },
  { pid: 11, thread: 'parser', samples: [['parse', 4_000]] },
])

describe('writing pprof', () => {
  const written = walkPprof(gunzipSync(toPprof(flame, options)))

  it('names its values, times and period as the format says', () => {
    expect(written.sampleTypes).toEqual([
      ['samples', 'count'],
      ['cpu', 'nanoseconds'],
    ])
    expect(written.timeNanos).toBe(1_700_000_000_123_000_000n)
    expect(written.durationNanos).toBe(2_500_000_000n)
    expect(written.strings[0]).toBe('')
    expect(written.mappings).toEqual([{ id: 1n, hasFunctions: true }])
  })

  it('has each stack innermost first, with how often and how long', () => {
    expect(written.samples).toEqual([
      {
        stack: ['json (/app/server.js:4)', 'serve (/app/server.js:5)', 'main (:0)'],
        values: [2n, 3_000_000n],
        labels: { thread: 'main', pid: '11', category: 'serialization' },
      },
      {
        stack: ['serve (/app/server.js:5)', 'main (:0)'],
        values: [1n, 500_000n],
        labels: { thread: 'main', pid: '11', category: 'business-logic' },
      },
      {
        stack: ['parse (/app/server.js:5)', 'parser (:0)'],
        values: [1n, 4_000_000n],
        labels: { thread: 'parser', pid: '11', category: 'business-logic' },
      },
    ])
  })

  it('has bytes in a heap profile, beyond 32 bits too', () => {
    const heap = walkPprof(gunzipSync(toPprof(makeHeapFlame([['load', 6_000_000_000]]), options)))
    expect(heap.sampleTypes).toEqual([['inuse_space', 'bytes']])
    expect(heap.samples[0]!.values).toEqual([6_000_000_000n])
  })
})

describe('reading pprof', () => {
  it('reads what another builder wrote: inlined functions, values by name, a duration', () => {
    const read = readPprof(
      gzipSync(
        buildPprof({
          sampleTypes: [
            ['samples', 'count'],
            ['cpu', 'nanoseconds'],
          ],
          samples: [
            { stack: [['main.encode', 'encoding/json.Marshal'], ['main.main']], values: [3, 30_000_000] },
            { stack: [['runtime.gcBgMarkWorker']], values: [1, 10_000_000] },
          ],
          durationNanos: 2_000_000_000,
        }),
      ),
    )
    if ('problem' in read) throw new Error(read.problem)
    expect(read.seconds).toBe(2)
    expect(read.valueType).toBe('cpu')
    expect(read.samples).toBe(4)
    const { frames, nodes, unit } = read.flame
    expect(unit).toBe('us')
    const rows = Array.from(nodes.self, (us, node) => [
      frames[nodes.frame[node]!]!.name,
      frames[nodes.frame[nodes.parent[node]!]!]?.name ?? null,
      us,
      frames[nodes.frame[node]!]!.category,
    ])
    expect(rows.slice(1)).toEqual([
      ['main.main', 'all', 0, 'business-logic'],
      ['encoding/json.Marshal', 'main.main', 0, 'serialization'],
      ['main.encode', 'encoding/json.Marshal', 30_000, 'business-logic'],
      ['runtime.gcBgMarkWorker', 'all', 10_000, 'garbage-collection'],
    ])
  })

  it('reads back what is written', () => {
    const read = readPprof(toPprof(flame, options))
    if ('problem' in read) throw new Error(read.problem)
    expect([...read.flame.nodes.self].reduce((sum, us) => sum + us, 0)).toBeCloseTo(7_500, 6)
    const categories = read.flame.frames.filter(({ name }) => name === 'json').map(({ category }) => category)
    expect(categories).toEqual(['serialization'])
  })

  const file = toPprof(flame, options)
  it.each([
    ['a file that was cut off', file.subarray(0, file.length - 20), /cut off/],
    ['damaged compression', Buffer.concat([file.subarray(0, 12), Buffer.alloc(40, 7)]), /damaged|cut off/],
    ['plain text', Buffer.from('hello, this is no profile at all'), /no pprof profile/],
    ['nothing', Buffer.alloc(0), /no pprof profile/],
    ['more than fits', gzipSync(Buffer.alloc(300_000_000)), /more than 256 MB/],
    ['a cut protobuf', gunzipSync(file).subarray(0, 150), /not there|no pprof|has not one number/],
  ])('says what is wrong with %s', (_, bytes, problem) => {
    const read = readPprof(bytes)
    expect('problem' in read ? read.problem : 'nothing').toMatch(problem)
  })

  it('never throws, whatever it is given', () => {
    const whole = gunzipSync(file)
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ maxLength: 300 }),
          fc.tuple(fc.nat(whole.length - 1), fc.nat(255), fc.nat(whole.length)).map(([at, byte, length]) =>
            Buffer.from(whole)
              .fill(byte, at, at + 1)
              .subarray(0, length),
          ),
        ),
        (bytes) => {
          const read = readPprof(bytes)
          expect('problem' in read || read.flame.nodes.parent[0] === -1).toBe(true)
        },
      ),
      { numRuns: 500 },
    )
  })
})
