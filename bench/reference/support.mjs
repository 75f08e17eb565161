// What the reference clients share: a histogram, the two ways of pacing, and the measured window.
import { parseArgs } from 'node:util'

const subBucketBits = 7
const subBuckets = 1 << subBucketBits

/**
 * Log-linear buckets over 0 … 2^30 µs in one typed array: exact to the µs below 256, within 0.8 % above.
 */
export class LogHistogram {
  count = 0
  #buckets = new Uint32Array((30 - subBucketBits + 1) * subBuckets)

  record(us) {
    const value = us < 0 ? 0 : us > 0x3fffffff ? 0x3fffffff : us | 0
    const shift = Math.max(0, 31 - subBucketBits - Math.clz32(value))
    this.#buckets[shift * subBuckets + (value >> shift)]++
    this.count++
  }

  /** @returns the upper end of the bucket that holds the quantile, in ms; 0 where nothing was recorded. */
  quantileMs(q) {
    let left = Math.max(1, Math.ceil(q * this.count))
    for (let index = 0; index < this.#buckets.length; index++) {
      left -= this.#buckets[index]
      if (left <= 0) {
        const shift = Math.max(0, (index >> subBucketBits) - 1)
        const value = index - shift * subBuckets
        return (((value + 1) << shift) - 1) / 1_000
      }
    }
    return 0
  }

  reset() {
    this.#buckets.fill(0)
    this.count = 0
  }
}

export const nowUs = () => performance.now() * 1_000

/**
 * Calls `send(intendedUs)` `rate` times a second until `stopped()`, in the open model: message n is due at
 * start + n ÷ rate whatever happened before. `timeout` sleeps with setTimeout and sends in batches; `spin` polls
 * with setImmediate and costs a core.
 */
export function pace(rate, pacing, send, stopped) {
  const startUs = nowUs()
  const periodUs = 1_000_000 / rate
  let sent = 0
  const turn = () => {
    if (stopped()) return
    const elapsedUs = nowUs() - startUs
    while (sent * periodUs <= elapsedUs) send(startUs + sent++ * periodUs)
    if (pacing === 'spin') setImmediate(turn)
    else setTimeout(turn, Math.max(0, (startUs + sent * periodUs - nowUs()) / 1_000))
  }
  turn()
}

/** The options of every reference client, read from the command line. */
export function readOptions() {
  const { values } = parseArgs({
    options: {
      host: { type: 'string', default: '127.0.0.1' },
      port: { type: 'string' },
      connections: { type: 'string', default: '100' },
      seconds: { type: 'string', default: '5' },
      warmup: { type: 'string', default: '1' },
      rate: { type: 'string' },
      pacing: { type: 'string', default: 'timeout' },
    },
  })
  return {
    host: values.host,
    port: Number(values.port),
    connections: Number(values.connections),
    seconds: Number(values.seconds),
    warmup: Number(values.warmup),
    /** Messages a second over all connections; undefined for the closed model. */
    rate: values.rate === undefined ? undefined : Number(values.rate),
    pacing: values.pacing,
  }
}

/**
 * Lets the load run, cuts off the warm-up, and prints one line of JSON: `perSecond` (replies), `cpuSecondsPerMessage`
 * (user and system time of this process), `p50` and `p99` in ms (from the intended time in the open model), and
 * `count`, the replies behind them.
 */
export async function measure(options, histogram) {
  await elapse(options.warmup)
  histogram.reset()
  const startUs = nowUs()
  const cpuBefore = process.cpuUsage()
  await elapse(options.seconds)
  const seconds = (nowUs() - startUs) / 1e6
  const cpu = process.cpuUsage(cpuBefore)
  print({
    perSecond: histogram.count / seconds,
    cpuSecondsPerMessage: histogram.count === 0 ? null : (cpu.user + cpu.system) / 1e6 / histogram.count,
    p50: histogram.quantileMs(0.5),
    p99: histogram.quantileMs(0.99),
    count: histogram.count,
  })
}

export const elapse = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1_000))

export const print = (result) => process.stdout.write(`${JSON.stringify(result)}\n`)

/** Times in order of arrival, without an allocation for each; grows by doubling. */
export class TimeQueue {
  #times = new Float64Array(64)
  #head = 0
  length = 0

  push(time) {
    if (this.length === this.#times.length) {
      const larger = new Float64Array(this.length * 2)
      for (let at = 0; at < this.length; at++) larger[at] = this.#times[(this.#head + at) & (this.length - 1)]
      this.#times = larger
      this.#head = 0
    }
    this.#times[(this.#head + this.length++) & (this.#times.length - 1)] = time
  }

  shift() {
    const time = this.#times[this.#head]
    this.#head = (this.#head + 1) & (this.#times.length - 1)
    this.length--
    return time
  }
}

/** A lost connection would leave a number that looks fine: end loudly. */
export function fail(reason) {
  process.stderr.write(`${reason}\n`)
  process.exit(1)
}
