import type { Category } from '../categories.js'
import { FlameBuilder } from '../flame-builder.js'
import type { FlameProfile, SampleStream } from '../flame-profile.js'
import type { PerfFrame, PerfSample } from './perf-script.js'
import { categoryOfSymbol, isGeneratedFile, isKernelFile } from './symbol-category.js'

/** What a frame of the kernel has as its file. */
export const kernelFile = 'kernel'

const isTime = (event: string): boolean => /^(?:cpu|task)-clock/.test(event)

interface Thread {
  readonly pid: number
  readonly tid: number
  readonly comm: string
  readonly samples: Array<{
    readonly atUs: number
    readonly us: number
    readonly stack: readonly PerfFrame[]
  }>
}

/** Gathers the samples of perf by thread, and makes a flame graph of them. */
export class PerfStacks {
  readonly #threads = new Map<number, Thread>()
  #event: string | null = null
  #foreignEvents = 0

  /** Of several events in one recording the first counts: two units do not add up. */
  add(sample: PerfSample): void {
    this.#event ??= sample.event
    if (sample.event !== this.#event) {
      this.#foreignEvents++
      return
    }
    let thread = this.#threads.get(sample.tid)
    if (!thread) {
      thread = { pid: sample.pid, tid: sample.tid, comm: sample.comm, samples: [] }
      this.#threads.set(sample.tid, thread)
    }
    const us = isTime(sample.event) ? sample.period / 1_000 : sample.period
    thread.samples.push({ atUs: sample.atUs, us, stack: sample.frames })
  }

  /** How often code was met on a core. */
  get samples(): number {
    return [...this.#threads.values()].reduce((sum, { samples }) => sum + samples.length, 0)
  }

  /** Samples of other events than the first. */
  get foreignEvents(): number {
    return this.#foreignEvents
  }

  /**
   * @param fromUs begin of the recording on the clock of the samples; null for that of the first sample
   * @param untilUs its end; null for that of the last sample
   */
  build(fromUs: number | null = null, untilUs: number | null = null): FlameProfile {
    const builder = new FlameBuilder()
    const threads = [...this.#threads.values()].sort((a, b) => a.pid - b.pid || a.tid - b.tid)
    const labels = labelsOf(threads)
    const manyLabels = new Set(labels).size > 1
    const timed = this.#event !== null && isTime(this.#event)
    const streams = threads.map((thread, index) => {
      thread.samples.sort((a, b) => a.atUs - b.atUs)
      const label = labels[index]!
      const root = manyLabels
        ? builder.child(0, builder.frame({ name: label, file: '', line: 0, category: 'unattributed' }))
        : 0
      const stream = new StreamWriter(thread, label, fromUs)
      for (const { atUs, us, stack } of thread.samples) {
        const node = placeStack(builder, root, stack)
        builder.add(node, us)
        if (timed) stream.add(node, atUs, us)
      }
      return stream.end(untilUs)
    })
    return builder.build(timed || this.#event === null ? 'us' : 'count', timed ? streams : [])
  }
}

/** Threads of one name share a branch: which of its equal threads a Go program used says nothing. */
function labelsOf(threads: readonly Thread[]): string[] {
  const manyProcesses = new Set(threads.map(({ pid }) => pid)).size > 1
  const mainComms = new Map(threads.filter(({ pid, tid }) => pid === tid).map(({ pid, comm }) => [pid, comm]))
  return threads.map(({ pid, comm }) => {
    const name = mainComms.get(pid) === comm ? 'main' : comm
    return manyProcesses ? `${name} of ${pid}` : name
  })
}

/** Code without a name is one frame however deep it is nested: its addresses would be noise. */
function placeStack(builder: FlameBuilder, root: number, stack: readonly PerfFrame[]): number {
  let node = root
  let category: Category = 'unattributed'
  let before = ''
  for (let index = stack.length - 1; index >= 0; index--) {
    const { symbol, file } = stack[index]!
    const name = nameOf(symbol, file)
    if (symbol === '[unknown]' && name === before) continue
    before = symbol === '[unknown]' ? name : ''
    category = categoryOfSymbol(symbol, file) ?? category
    node = builder.child(
      node,
      builder.frame({ name, file: isKernelFile(file) ? kernelFile : file, line: 0, category }),
    )
  }
  return node
}

function nameOf(symbol: string, file: string): string {
  if (symbol !== '[unknown]') return symbol
  if (isGeneratedFile(file)) return '(generated code)'
  const name = file.slice(file.lastIndexOf('/') + 1)
  return name === '' || name === '[unknown]' ? '(unknown)' : `(unknown in ${name})`
}

/** A sample of a clock that runs only on a core says what ran in the period before it; the rest is idle. */
class StreamWriter {
  readonly #thread: Thread
  readonly #label: string
  readonly #node: number[] = []
  readonly #us: number[] = []
  readonly #startUs: number
  #atUs: number

  constructor(thread: Thread, label: string, fromUs: number | null) {
    this.#thread = thread
    this.#label = label
    const first = thread.samples[0]!
    this.#startUs = Math.min(fromUs ?? Number.POSITIVE_INFINITY, first.atUs - first.us)
    this.#atUs = this.#startUs
  }

  add(node: number, atUs: number, us: number): void {
    const fromUs = Math.max(this.#atUs, atUs - us)
    if (fromUs > this.#atUs) this.#push(-1, fromUs - this.#atUs)
    if (atUs > fromUs) this.#push(node, atUs - fromUs)
    this.#atUs = Math.max(this.#atUs, atUs)
  }

  end(untilUs: number | null): SampleStream {
    if (untilUs !== null && untilUs > this.#atUs) this.#push(-1, untilUs - this.#atUs)
    return {
      pid: this.#thread.pid,
      thread: this.#label,
      startUs: this.#startUs,
      node: Int32Array.from(this.#node),
      us: Float64Array.from(this.#us),
    }
  }

  #push(node: number, us: number): void {
    this.#node.push(node)
    this.#us.push(us)
  }
}
