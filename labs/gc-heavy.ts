/**
 * A service that keeps its garbage collector busy, and knows how long that takes: `perf_hooks` tells of every pause.
 *
 * - `GET /work?ms=500` allocates and drops objects for so many milliseconds, then answers with its account.
 * - `GET /` answers with the account since the start: `{"gcMs":…,"cpuMs":…,"wallMs":…}`. `cpuMs` is the CPU time of the main
 *   thread alone (from `/proc`, else that of the process): helper threads of V8 collect beside it.
 *
 * Truth: the share of garbage collection in the on-CPU time of the main thread is `gcMs` ÷ `cpuMs`; the function that
 * causes it is `replaceGeneration`. Nothing grows old here, on purpose: `perf_hooks` tells of pauses only, while V8
 * also marks and sweeps the old generation a little at a time between them, which a CPU profile shows as collection.
 */
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { PerformanceObserver } from 'node:perf_hooks'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { commonOptions, runServer } from './support/program.js'

interface Cell {
  readonly value: number
  readonly next: Cell | null
}

const generations: Array<Cell | null> = new Array(20).fill(null)
let turn = 0
let gcMs = 0

new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) gcMs += duration
}).observe({ entryTypes: ['gc'] })

/** Lists that live for 20 turns: they outlive one collection of the young, which moves them, and no second one. */
function replaceGeneration(): void {
  let head: Cell | null = null
  for (let value = 0; value < 1_000; value++) head = { value, next: head }
  generations[turn++ % generations.length] = head
}

/** Nanoseconds on the CPU, the first figure of schedstat. */
function cpuMs(): number {
  try {
    return Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6
  } catch {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1_000
  }
}

/**
 * Works in slices of 10 ms. An async function, since V8 may inline the callback of a timer into Node's own code, and the
 * profile then charges it to that.
 */
async function work(milliseconds: number): Promise<void> {
  const endMs = performance.now() + milliseconds
  while (performance.now() < endMs) {
    for (const sliceEndMs = performance.now() + 10; performance.now() < sliceEndMs; ) replaceGeneration()
    await new Promise<void>((resolve) => void setImmediate(resolve))
  }
  // The observer hears of the last pauses in a turn of its own.
  await delay(20)
}

const { values } = parseArgs({ options: commonOptions })
const server = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://lab')
  const answer = (): void => {
    response
      .setHeader('content-type', 'application/json')
      .end(JSON.stringify({ gcMs, cpuMs: cpuMs(), wallMs: performance.now() }))
  }
  if (pathname === '/work')
    void work(Math.min(60_000, Number(searchParams.get('ms') ?? 500) || 0)).then(answer)
  else answer()
})
runServer(server, values)
