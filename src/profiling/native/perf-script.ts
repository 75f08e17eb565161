/*
 * Reads what `perf script -F comm,pid,tid,time,period,event,ip,sym,dso` prints (perf-script(1)): for each sample a
 * line about the thread, then its stack, innermost frame first, then an empty line. Pure; every field comes from
 * another program, which may have named its threads and functions anything.
 */

export interface PerfFrame {
  /** As perf demangled it; `[unknown]` where there is none. */
  readonly symbol: string
  /** The executable or library; `[kernel.kallsyms]` and the like for the kernel. */
  readonly file: string
}

export interface PerfSample {
  readonly comm: string
  readonly pid: number
  readonly tid: number
  /** On the clock of the recording, which is CLOCK_MONOTONIC where Plimsoll made it. */
  readonly atUs: number
  /** In the unit of the event: ns for `cpu-clock` and `task-clock`, else a count such as cycles. */
  readonly period: number
  readonly event: string
  /** Innermost first; one object for each distinct frame. */
  readonly frames: readonly PerfFrame[]
}

export const perfLimits = { samples: 2_000_000, frames: 1_000, lineLength: 20_000, nameLength: 500 } as const

const header = /^\s*(\S.*?)\s+(\d+)\/(\d+)\s+(?:\[\d+\]\s+)?(\d+\.\d+):\s+(?:(\d+)\s+)?(\S+):\s*$/
const frameLine = /^\s+[0-9a-f]+\s+(.*)$/

/** Takes the text in pieces of any size. */
export class PerfScriptParser {
  /** Lines that are neither; a text that has nothing else is not of perf. */
  foreignLines = 0
  samples = 0
  /** True once samples were left out because there are too many. */
  cut = false

  readonly #take: (sample: PerfSample) => void
  readonly #frames = new Map<string, PerfFrame>()
  #rest = ''
  #skipping = false
  #open: Omit<PerfSample, 'frames'> | null = null
  #stack: PerfFrame[] = []

  constructor(take: (sample: PerfSample) => void) {
    this.#take = take
  }

  push(text: string): void {
    const lines = (this.#rest + text).split('\n')
    this.#rest = lines.pop()!
    for (const line of lines) {
      if (this.#skipping) this.#skipping = false
      else this.#line(line)
    }
    if (this.#rest.length <= perfLimits.lineLength) return
    if (!this.#skipping) this.foreignLines++
    this.#skipping = true
    this.#rest = ''
  }

  end(): void {
    if (this.#rest !== '' && !this.#skipping) this.#line(this.#rest)
    this.#rest = ''
    this.#close()
  }

  #line(line: string): void {
    if (line.trim() === '') {
      this.#close()
      return
    }
    const frame = this.#open && frameLine.exec(line)
    if (frame) {
      if (this.#stack.length < perfLimits.frames) this.#stack.push(this.#frame(frame[1]!))
      return
    }
    this.#close()
    const match = line.startsWith('#') ? null : header.exec(line.slice(0, perfLimits.lineLength))
    if (!match) {
      if (!line.startsWith('#')) this.foreignLines++
      return
    }
    const [, comm, pid, tid, seconds, period, event] = match
    this.#open = {
      comm: comm!.slice(0, perfLimits.nameLength),
      pid: Number(pid),
      tid: Number(tid),
      atUs: microsecondsOf(seconds!),
      period: period === undefined ? 1 : Number(period),
      event: event!.slice(0, perfLimits.nameLength),
    }
  }

  #close(): void {
    if (this.#open === null) return
    if (this.samples < perfLimits.samples) {
      this.samples++
      this.#take({ ...this.#open, frames: this.#stack })
    } else this.cut = true
    this.#open = null
    this.#stack = []
  }

  #frame(text: string): PerfFrame {
    const known = this.#frames.get(text)
    if (known) return known
    const end = text.length - (text.endsWith(goneFile) ? goneFile.length : 1)
    const at = text.endsWith(')') ? text.lastIndexOf(' (', end - 1) : -1
    const frame = {
      symbol: (at < 0 ? text : text.slice(0, at)).trim().slice(0, perfLimits.nameLength) || '[unknown]',
      file: at < 0 ? '' : text.slice(at + 2, -1).slice(0, perfLimits.nameLength),
    }
    // Addresses are not part of the key, so that this holds as many entries as there are functions.
    if (this.#frames.size < perfLimits.samples) this.#frames.set(text, frame)
    return frame
  }
}

/** What the kernel adds to the name of a file that is mapped and has no name any more, as memory for generated code. */
const goneFile = ' (deleted))'

/** A double holds µs since the start of the host, but not `seconds × 10⁶` without an error in the last digits. */
function microsecondsOf(seconds: string): number {
  const [whole, fraction] = seconds.split('.')
  return Number(whole) * 1e6 + Number(`${fraction!.slice(0, 9).padEnd(9, '0')}`) / 1_000
}
