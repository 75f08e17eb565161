/** A stretch of time over which the rate moves in a straight line. Rates a second, time in seconds. */
export interface RateSegment {
  readonly from: number
  readonly to: number
  readonly seconds: number
}

/**
 * The offered rate as a function of time, by its integral: `cumulative(t)` messages are due in [0, t), and
 * `inverse(n)` is the time when that count reaches n. After the last segment its final rate goes on for ever.
 */
export class RateShape {
  readonly #segments: readonly RateSegment[]
  /** Time and count at the start of each segment, and of the tail after the last. */
  readonly #startTimes: number[] = [0]
  readonly #startCounts: number[] = [0]

  constructor(segments: readonly RateSegment[]) {
    this.#segments = segments
    for (const { from, to, seconds } of segments) {
      this.#startTimes.push(this.#startTimes.at(-1)! + seconds)
      this.#startCounts.push(this.#startCounts.at(-1)! + ((from + to) / 2) * seconds)
    }
  }

  static constant(rate: number, seconds = 0): RateShape {
    return new RateShape([{ from: rate, to: rate, seconds }])
  }

  get seconds(): number {
    return this.#startTimes.at(-1)!
  }

  get finalRate(): number {
    return this.#segments.at(-1)!.to
  }

  /** The rate that a warm-up holds: the first one that is not zero. */
  get firstRate(): number {
    for (const { from, to } of this.#segments) {
      if (from > 0) return from
      if (to > 0) return to
    }
    return 0
  }

  get isConstant(): boolean {
    return this.#segments.every(({ from, to }) => from === this.finalRate && to === this.finalRate)
  }

  /** Messages due in [0, `seconds`), fractions included. */
  cumulative(seconds: number): number {
    if (seconds <= 0) return 0
    for (const [index, segment] of this.#segments.entries()) {
      const into = seconds - this.#startTimes[index]!
      if (into < segment.seconds) {
        const slope = (segment.to - segment.from) / segment.seconds
        return this.#startCounts[index]! + segment.from * into + (slope * into * into) / 2
      }
    }
    return this.#startCounts.at(-1)! + this.finalRate * (seconds - this.seconds)
  }

  /** When `count` messages are due, in seconds; Infinity if that never comes. */
  inverse(count: number): number {
    let index = 0
    while (index < this.#segments.length && this.#startCounts[index + 1]! <= count) index++
    const into = count - this.#startCounts[index]!
    const start = this.#startTimes[index]!
    const segment = this.#segments[index]
    if (!segment) return into === 0 ? start : this.finalRate > 0 ? start + into / this.finalRate : Infinity
    return start + timeWithin(segment, into)
  }
}

/** Solves from·t + slope·t²/2 = count for t, in the form that does not cancel for small slopes. */
function timeWithin({ from, to, seconds }: RateSegment, count: number): number {
  const slope = (to - from) / seconds
  if (slope === 0) return count / from
  const root = Math.sqrt(Math.max(0, from * from + 2 * slope * count))
  return (2 * count) / (from + root) || 0
}
