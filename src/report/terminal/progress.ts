import picocolors from 'picocolors'
import { formatMs, formatNumber, formatRate } from '../../kernel/units.js'
import { clip, columnsOf, padEnd, safeLine } from './text-layout.js'

export type ProgressPhase = 'connecting' | 'warmup' | 'measured' | 'profiled' | 'draining'

/** Where a run stands. Times in seconds unless named otherwise, from a monotonic clock. */
export interface ProgressSnapshot {
  /** Since the command began; decides when a pipe gets its next line. */
  readonly atSeconds: number
  readonly phase: ProgressPhase
  readonly phaseElapsedSeconds: number
  /** Length of the phase; `null` where nobody knows it (connecting, draining, an automatic warm-up). */
  readonly phaseSeconds: number | null
  /** Of the last seconds; `null` in the closed model. */
  readonly offeredRate: number | null
  readonly achievedRate: number
  /** Response time of the last seconds; `null` without replies. */
  readonly p50Ms: number | null
  readonly p99Ms: number | null
  readonly errors: number
  readonly openConnections: number
  readonly connections: number
}

export interface ProgressStream {
  write(text: string): void
  readonly isTTY: boolean
  readonly columns?: number
}

export interface ProgressOptions {
  readonly colors: boolean
  /** Least distance between two lines written to a pipe. */
  readonly plainEverySeconds: number
}

const phaseNames: Readonly<Record<ProgressPhase, string>> = {
  connecting: 'Connecting',
  warmup: 'Warming up',
  measured: 'Measuring',
  profiled: 'Profiling',
  draining: 'Draining',
}
const barColumns = 20

/**
 * Shows how a run goes: two lines redrawn in place on a terminal, a plain line now and then to a pipe. The caller
 * decides how often it draws, by how often it calls `update`.
 */
export class Progress {
  readonly #stream: ProgressStream
  readonly #plainEverySeconds: number
  readonly #paint: ReturnType<typeof picocolors.createColors>
  #drawn: readonly string[] = []
  #lastPlainAt = Number.NEGATIVE_INFINITY

  constructor(stream: ProgressStream, options: ProgressOptions) {
    this.#stream = stream
    this.#plainEverySeconds = options.plainEverySeconds
    this.#paint = picocolors.createColors(options.colors)
  }

  update(snapshot: ProgressSnapshot): void {
    if (this.#stream.isTTY) {
      this.#redraw(this.#lines(snapshot))
      return
    }
    if (snapshot.atSeconds - this.#lastPlainAt < this.#plainEverySeconds) return
    this.#lastPlainAt = snapshot.atSeconds
    this.#stream.write(`${plainLine(snapshot)}\n`)
  }

  /** Writes a line that stays, above what is redrawn. */
  message(line: string): void {
    const kept = this.#drawn
    this.#erase()
    this.#stream.write(`${safeLine(line)}\n`)
    if (kept.length > 0) this.#redraw(kept)
  }

  /** Takes the redrawn lines away, so that what follows starts on a clean line. Idempotent. */
  done(): void {
    this.#erase()
  }

  #redraw(lines: readonly string[]): void {
    this.#stream.write(`${eraser(this.#drawn.length)}${lines.map((line) => `${line}\n`).join('')}`)
    this.#drawn = lines
  }

  #erase(): void {
    if (this.#drawn.length > 0) this.#stream.write(eraser(this.#drawn.length))
    this.#drawn = []
  }

  #lines(snapshot: ProgressSnapshot): string[] {
    // A line as wide as the terminal would wrap, and the next redraw would miss a row.
    const room = Math.max(20, (this.#stream.columns ?? 80) - 1)
    const name = padEnd(phaseNames[snapshot.phase], 11)
    const time = timeText(snapshot)
    const bar = barText(snapshot)
    const head =
      columnsOf(name) + columnsOf(bar) + 1 + columnsOf(time) <= room
        ? `${bar}${bar === '' ? '' : ' '}${time}`
        : time
    const numbers = clip(numbersText(snapshot), room)
    return [
      this.#paint.bold(name) + clip(head, room - columnsOf(name)),
      snapshot.errors > 0 ? this.#paint.yellow(numbers) : this.#paint.dim(numbers),
    ]
  }
}

/** Up to the first drawn line, then clear from there to the end of the screen. */
const eraser = (lines: number): string => (lines > 0 ? `\u001b[${lines}A\r\u001b[J` : '')

function plainLine(snapshot: ProgressSnapshot): string {
  return `${phaseNames[snapshot.phase]} ${timeText(snapshot)}: ${numbersText(snapshot)}`
}

function timeText({ phaseElapsedSeconds, phaseSeconds }: ProgressSnapshot): string {
  const elapsed = wholeSeconds(phaseElapsedSeconds)
  if (phaseSeconds === null) return elapsed
  return `${elapsed} of ${wholeSeconds(phaseSeconds)}, ${wholeSeconds(Math.max(0, phaseSeconds - phaseElapsedSeconds))} left`
}

const wholeSeconds = (seconds: number): string =>
  seconds < 120 ? `${Math.round(seconds)} s` : formatMs(seconds * 1_000)

function barText({ phaseElapsedSeconds, phaseSeconds }: ProgressSnapshot): string {
  if (phaseSeconds === null || phaseSeconds <= 0) return ''
  const share = Math.min(1, Math.max(0, phaseElapsedSeconds / phaseSeconds))
  const full = Math.round(share * barColumns)
  return '━'.repeat(full) + '╌'.repeat(barColumns - full)
}

function numbersText(snapshot: ProgressSnapshot): string {
  const { openConnections, connections, offeredRate, achievedRate, p50Ms, p99Ms, errors } = snapshot
  const open = `${formatNumber(openConnections)} of ${formatNumber(connections)} connections`
  if (snapshot.phase === 'connecting') return `${open} · ${errorsText(errors)}`
  const rate =
    offeredRate === null
      ? formatRate(achievedRate)
      : `${formatRate(achievedRate)} of ${formatRate(offeredRate)}`
  const latency =
    p50Ms === null || p99Ms === null ? 'no replies yet' : `p50 ${formatMs(p50Ms)} · p99 ${formatMs(p99Ms)}`
  return `${rate} · ${latency} · ${errorsText(errors)} · ${open}`
}

const errorsText = (errors: number): string =>
  errors === 1 ? '1 error' : `${errors === 0 ? 'no' : formatNumber(errors)} errors`
