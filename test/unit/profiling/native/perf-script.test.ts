import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PerfStacks } from '../../../../src/profiling/native/perf-flame.js'
import { explainPerfFailure } from '../../../../src/profiling/native/perf-profiler.js'
import { type PerfSample, PerfScriptParser } from '../../../../src/profiling/native/perf-script.js'
import { categoryOfSymbol } from '../../../../src/profiling/native/symbol-category.js'
import { parsePerfTrace, parseStraceTable } from '../../../../src/profiling/native/syscalls.js'
import { kernelShares } from '../../../../src/profiling/native/system-paths.js'

const text = `# a comment of perf
my app (1)  41/41  100.000005500:    5000000 cpu-clock:
\t            1165 spend(int, char const*) (/srv/app)
\t           2724a __libc_start_call_main (/usr/lib/libc.so.6)

my app (1)  41/41  100.020000500:    5000000 cpu-clock:
\tffffffff813a2313 tcp_sendmsg ([kernel.kallsyms])
\tffffffff8142b9de __x64_sys_sendto ([kernel.kallsyms])
\t            1188 answer (/srv/app)
\t           2724a __libc_start_call_main (/usr/lib/libc.so.6)

pool  41/43  100.020000500:    5000000 cpu-clock:
\t            1199 [unknown] (/tmp/perf-41.map)
\t            1200 [unknown] (/tmp/perf-41.map)

`

function parse(pieces: readonly string[]): { samples: PerfSample[]; foreign: number } {
  const samples: PerfSample[] = []
  const parser = new PerfScriptParser((sample) => samples.push(sample))
  for (const piece of pieces) parser.push(piece)
  parser.end()
  return { samples, foreign: parser.foreignLines }
}

describe('what perf script prints', () => {
  it('is read with names that hold spaces and parentheses, and times to the nanosecond', () => {
    const { samples, foreign } = parse([text])
    expect(foreign).toBe(0)
    expect(samples).toHaveLength(3)
    expect(samples[0]).toEqual({
      comm: 'my app (1)',
      pid: 41,
      tid: 41,
      atUs: 100_000_005.5,
      period: 5_000_000,
      event: 'cpu-clock',
      frames: [
        { symbol: 'spend(int, char const*)', file: '/srv/app' },
        { symbol: '__libc_start_call_main', file: '/usr/lib/libc.so.6' },
      ],
    })
  })

  it('is read with files that have no name any more', () => {
    const head = 'beam 7/7 1.0: 1 cpu-clock:\n'
    const [sample] = parse([
      `${head}\t10 [unknown] (/memfd:vmem (deleted))\n\t11 f(int) (/srv/app (deleted))\n\n`,
    ]).samples
    expect(sample!.frames).toEqual([
      { symbol: '[unknown]', file: '/memfd:vmem (deleted)' },
      { symbol: 'f(int)', file: '/srv/app (deleted)' },
    ])
  })

  it('is read the same in pieces of any size', () => {
    const whole = parse([text]).samples
    for (const size of [1, 7, 100]) {
      const pieces = text.match(new RegExp(`[\\s\\S]{1,${size}}`, 'g'))!
      expect(parse(pieces).samples).toEqual(whole)
    }
  })

  it('never throws, and makes no more samples than there are lines', () => {
    const damage = fc.tuple(fc.nat(text.length), fc.nat(40), fc.string({ maxLength: 40 }))
    fc.assert(
      fc.property(fc.array(damage, { maxLength: 5 }), (changes) => {
        let damaged = text
        for (const [at, length, insert] of changes)
          damaged = damaged.slice(0, at) + insert + damaged.slice(at + length)
        const { samples } = parse([damaged])
        expect(samples.length).toBeLessThanOrEqual(damaged.split('\n').length)
        const stacks = new PerfStacks()
        for (const sample of samples) stacks.add(sample)
        expect(stacks.build().nodes.parent[0]).toBe(-1)
      }),
      { numRuns: 300 },
    )
  })
})

describe('a flame graph of perf', () => {
  const stacks = new PerfStacks()
  for (const sample of parse([text]).samples) stacks.add(sample)
  const flame = stacks.build(99_990_000, 100_030_000)

  it('has the thread as first frame, the kernel marked, and code without a name as one frame', () => {
    const path = (node: number): string =>
      node <= 0 ? '' : `${path(flame.nodes.parent[node]!)}/${flame.frames[flame.nodes.frame[node]!]!.name}`
    const hot = Array.from(flame.nodes.self, (us, node) => [path(node), us] as const).filter(
      ([, us]) => us > 0,
    )
    expect(hot).toEqual([
      ['/main/__libc_start_call_main/spend(int, char const*)', 5_000],
      ['/main/__libc_start_call_main/answer/__x64_sys_sendto/tcp_sendmsg', 5_000],
      ['/pool/(generated code)', 5_000],
    ])
    expect(flame.frames.find(({ name }) => name === 'tcp_sendmsg')).toMatchObject({
      file: 'kernel',
      category: 'transport',
    })
  })

  it('says when each thread ran and when it did not, without gaps', () => {
    const [main] = flame.streams
    expect(main).toMatchObject({ pid: 41, thread: 'main', startUs: 99_990_000 })
    expect([...main!.us]).toEqual([5_005.5, 5_000, 14_995, 5_000, 9_999.5])
    expect([...main!.node].map((node) => node < 0)).toEqual([true, false, true, false, true])
  })

  it('tells the share of the kernel, and by which system call', () => {
    const { kernel, paths } = kernelShares(flame)
    expect(kernel).toBeCloseTo(1 / 3, 9)
    expect(paths).toEqual([{ name: 'sendto', share: kernel }])
  })
})

describe('the category of a native function', () => {
  it.each([
    ['v8::internal::JsonStringifier::Serialize_<false>', '/usr/bin/node', 'serialization'],
    ['v8::internal::ScavengerCollector::CollectGarbage', '/usr/bin/node', 'garbage-collection'],
    ['sha256_block_data_order_shaext', '/usr/bin/node', 'crypto'],
    ['deflate_slow', '/usr/bin/node', 'compression'],
    ['v8::internal::IrregexpInterpreter::Match', '/usr/bin/node', 'regex'],
    ['Builtins_ArrayPrototypePush', '/usr/bin/node', null],
    ['runtime.gcBgMarkWorker', '', 'garbage-collection'],
    ['runtime.mallocgc', '', null],
    ['runtime.netpoll', '', 'transport'],
    ['encoding/json.Marshal', '', 'serialization'],
    ['main.handle', '', 'business-logic'],
    ['erts_garbage_collect_nobump', '/usr/lib/erlang/bin/beam.smp', 'garbage-collection'],
    ['process_main', '/usr/lib/erlang/bin/beam.smp', null],
    ['serde_json::de::from_str', '/srv/app', 'serialization'],
    ['core::slice::sort::merge', '/srv/app', null],
    ['handle_message', '/srv/app', 'business-logic'],
    ['EVP_DigestUpdate', '/usr/lib/libcrypto.so.3', 'crypto'],
    ['memcpy', '/usr/lib/libc.so.6', null],
    ['tcp_sendmsg', '[kernel.kallsyms]', 'transport'],
    ['vfs_read', '[kernel.kallsyms]', 'blocking-io'],
    ['futex_wait', '[kernel.kallsyms]', null],
  ] as const)('%s of %s is %s', (symbol, file, category) => {
    expect(categoryOfSymbol(symbol, file)).toBe(category)
  })
})

describe('where perf does not work', () => {
  it.each([
    [null, '', '2', /not installed/, /apt install linux-perf/],
    [1, 'WARNING: perf not found for kernel 6.8.0', '2', /not installed/, /linux-tools/],
    [255, 'Access to performance monitoring is limited. No permission', '4', /paranoid is 4/, /sysctl/],
    [255, 'Error: Operation not permitted', '1', /no permission to look/, /CAP|cap-add/],
    [1, 'something else', '1', /something else/, /by hand/],
  ] as const)('says what to do about %s %s', (code, printed, paranoid, reason, hint) => {
    const told = explainPerfFailure(code, printed, paranoid)
    expect(told.reason).toMatch(reason)
    expect(told.hint).toMatch(hint)
  })
})

describe('the table of strace', () => {
  it('is read with and without errors', () => {
    const table = `strace: Process 7 attached
% time     seconds  usecs/call     calls    errors syscall
------ ----------- ----------- --------- --------- ----------------
 75.00    0.000300           3       100           write
 25.00    0.000100           1        50        10 futex
------ ----------- ----------- --------- --------- ----------------
100.00    0.000400           2       150        10 total
`
    expect(parseStraceTable(table)).toEqual([
      { name: 'write', calls: 100, errors: 0, seconds: 0.0003, share: expect.closeTo(0.75, 9) },
      { name: 'futex', calls: 50, errors: 10, seconds: 0.0001, share: expect.closeTo(0.25, 9) },
    ])
    expect(parseStraceTable('nothing')).toEqual([])
  })
})

describe('the tables of perf trace', () => {
  it('are added up over threads, with and without errors', () => {
    const table = (errors: boolean): string => `
 Summary of events:

 node (7), 120 events, 90.0%

   syscall            calls  ${errors ? 'errors ' : ''} total       min       avg       max       stddev
                                     (msec)    (msec)    (msec)    (msec)        (%)
   --------------- --------  ------ -------- --------- --------- ---------     ------
   close                 20 ${errors ? '     4' : ''}    15.000     0.010     0.020     8.774     11.15%
   openat                30 ${errors ? '     0' : ''}    60.000     0.015     0.020     0.055      6.25%


 node (8), 8 events, 10.0%

   syscall            calls  ${errors ? 'errors ' : ''} total       min       avg       max       stddev
   --------------- --------  ------ -------- --------- --------- ---------     ------
   close                  4 ${errors ? '     1' : ''}     5.000     0.000     1.250     3.483     99.99%
   futex                  9 ${errors ? '     0' : ''}   933.000     0.000   103.381   933.483     99.99%
`
    for (const errors of [true, false]) {
      expect(parsePerfTrace(table(errors))).toEqual([
        { name: 'openat', calls: 30, errors: 0, seconds: 0.06, share: expect.closeTo(0.75, 9) },
        { name: 'close', calls: 24, errors: errors ? 5 : 0, seconds: 0.02, share: expect.closeTo(0.25, 9) },
        // It waits.
        { name: 'futex', calls: 9, errors: 0, seconds: 0.933, share: 0 },
      ])
    }
    expect(parsePerfTrace('Summary of events:')).toEqual([])
  })
})
