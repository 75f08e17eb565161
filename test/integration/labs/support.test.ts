import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DelayQueue } from '../../../labs/support/delay-queue.js'
import { cycleLength, lawCycle, lawQuantile } from '../../../labs/support/laws.js'
import { jsonId, ReplyLog } from '../../../labs/support/reply-log.js'
import { monotonicUs } from '../../../src/kernel/clock.js'
import { temporaryFile } from './lab-process.js'

describe('the laws of latency', () => {
  it('are the ones their names promise', () => {
    expect([0.01, 0.5, 0.9, 0.901, 0.999].map((q) => lawQuantile('bimodal', q))).toEqual([5, 5, 5, 50, 50])
    expect(lawQuantile('heavy', 0.5)).toBeCloseTo(2, 9)
    expect(lawQuantile('heavy', 0.99)).toBeCloseTo(64.6, 1)
    expect(lawQuantile('heavy', 0.999)).toBeCloseTo(500, 6)
    expect(lawQuantile('heavy', 1)).toBe(500)
  })

  it('give exactly their quantiles over any whole cycle, in whatever order', () => {
    const law = fc.constantFrom('bimodal' as const, 'heavy' as const)
    const shift = fc.integer({ min: 0, max: cycleLength - 1 })
    fc.assert(
      fc.property(
        law,
        fc.integer(),
        shift,
        fc.integer({ min: 1, max: cycleLength }),
        (name, seed, start, rank) => {
          const cycle = lawCycle(name, seed)
          const turned = [...cycle.subarray(start), ...cycle.subarray(0, start)].toSorted((a, b) => a - b)
          expect(turned[rank - 1]).toBe(lawQuantile(name, rank / cycleLength))
        },
      ),
    )
  })

  it('are shuffled by the seed', () => {
    expect(lawCycle('heavy', 1)).toEqual(lawCycle('heavy', 1))
    expect(lawCycle('heavy', 1)).not.toEqual(lawCycle('heavy', 2))
  })
})

describe('DelayQueue', () => {
  it('runs every action in the order of the due times, never early', async () => {
    const delays = fc.array(fc.integer({ min: -1_000, max: 12_000 }), { minLength: 1, maxLength: 60 })
    await fc.assert(
      fc.asyncProperty(delays, async (delaysUs) => {
        const queue = new DelayQueue()
        const startUs = monotonicUs()
        const ran: number[] = []
        await new Promise<void>((resolve) => {
          for (const delayUs of delaysUs) {
            queue.at(startUs + delayUs, () => {
              expect(monotonicUs()).toBeGreaterThanOrEqual(startUs + delayUs)
              ran.push(delayUs)
              if (ran.length === delaysUs.length) resolve()
            })
          }
        })
        expect(ran).toEqual(delaysUs.toSorted((a, b) => a - b))
      }),
      { numRuns: 25 },
    )
  })

  it('takes actions from within actions, and wakes up for one that is due before the one it sleeps for', async () => {
    const queue = new DelayQueue()
    const startUs = monotonicUs()
    const ran: string[] = []
    await new Promise<void>((resolve) => {
      queue.at(startUs + 40_000, () => {
        ran.push('late')
        resolve()
      })
      queue.at(startUs + 8_000, () => {
        ran.push('early')
        queue.at(startUs + 20_000, () => ran.push('nested'))
      })
    })
    expect(ran).toEqual(['early', 'nested', 'late'])
  })
})

describe('ReplyLog', () => {
  it('writes what it was given, across chunks, and counts what did not fit', () => {
    const log = new ReplyLog(70_000)
    for (let id = 1; id <= 70_003; id++) log.record(id, id * 10 + 0.25, id * 10 + 5)
    const path = temporaryFile('replies')
    log.writeTo(path)
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n')
    expect(lines).toHaveLength(70_001)
    expect(lines[0]).toBe('1 10.3 15.0')
    expect(lines[65_536]).toBe('65537 655370.3 655375.0')
    expect(lines[69_999]).toBe('70000 700000.3 700005.0')
    expect(lines[70_000]).toBe('# 3 more replies did not fit into this log')
  })

  it('takes ids from JSON objects only', () => {
    const idOf = (text: string): number | undefined => jsonId(Buffer.from(text))
    expect(idOf('{"id":7,"text":"x"}')).toBe(7)
    expect(['', 'hello', '[7]', '{"id":"7"}', '{"id":7', '{}'].map(idOf)).toEqual(Array(6).fill(undefined))
  })
})
