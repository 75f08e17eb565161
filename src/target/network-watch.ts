import type { Microseconds } from '../kernel/units.js'
import { BoundedSeries } from './bounded-series.js'
import { CostPace, ownCpuUs } from './cost-pace.js'
import { byName, difference } from './differences.js'
import { type NetCounters, parseNetCounters } from './net-counters.js'
import { readSmall } from './read-proc.js'
import { SocketReader } from './socket-reader.js'
import type { SocketSums } from './tcp-table.js'

/** A little under a tenth of a second and under a second, so that every sample and every second may look. */
const listenPace = { leastUs: 90_000, share: 0.000_5, usuallyUs: 950_000, mostShare: 0.002 }
const socketsPace = { leastUs: 950_000, share: 0.001, usuallyUs: 4_950_000, mostShare: 0.005 }
/** After so long the rest of a table waits for the next turn of the event loop. */
const turnUs = 1_000

const flows = ['listenOverflows', 'listenDrops', 'synCookies', 'retransmits', 'segmentsSent'] as const
const levels = [
  'listenQueue',
  'established',
  'halfOpen',
  'closeWait',
  'timeWait',
  'closing',
  'receiveQueueBytes',
  'receiveQueueMaxBytes',
  'sendQueueBytes',
  'sendQueueMaxBytes',
] as const
type Level = (typeof levels)[number]

/** What happened between two instants; null where nothing was seen. Counts are of the whole network namespace. */
export type NetworkMeans = {
  readonly counts: Readonly<Record<(typeof flows)[number], number | null>>
  readonly perSecond: Readonly<Record<(typeof flows)[number], number | null>>
  /** Of the sockets on the target's ports. */
  readonly mean: Readonly<Record<Level, number | null>>
  readonly max: Readonly<Record<Level, number | null>>
}

/**
 * Watches the network namespace of a process: its TCP counters once a second, its listen queue up to ten times, and
 * the buffers and states of its sockets as often as their number lets it be cheap.
 */
export class NetworkWatch {
  readonly #pid: number
  readonly #sockets: SocketReader
  readonly #listenPace = new CostPace(listenPace)
  readonly #socketsPace = new CostPace(socketsPace)
  #series: BoundedSeries<(typeof flows)[number], Level>
  #last: { atUs: number; counters: NetCounters } | null = null
  #pass = 0

  constructor(pid: number, ports: readonly number[], startUs: Microseconds) {
    this.#pid = pid
    this.#sockets = new SocketReader(pid, ports)
    this.#series = new BoundedSeries(startUs, flows, levels)
  }

  alignTo(startUs: Microseconds): void {
    this.interrupt()
    this.#series = new BoundedSeries(startUs, flows, levels)
  }

  /** @param wholeSecond a second has ended since the look before */
  look(nowUs: number, wholeSecond: boolean): void {
    if (wholeSecond) this.#lookAtCounters(nowUs)
    // What stands before the start instant is dropped: a dear look would be wasted.
    if (nowUs <= this.#series.startUs) return
    if (this.#listenPace.isDue(nowUs)) {
      const before = ownCpuUs()
      this.#series.addLevels(nowUs, { listenQueue: this.#sockets.listenQueue() })
      this.#listenPace.looked(nowUs, ownCpuUs() - before)
    }
    if (wholeSecond && this.#socketsPace.isDue(nowUs)) {
      this.#socketsPace.hold()
      this.#goOn(this.#sockets.all(), ++this.#pass, nowUs, 0)
    }
  }

  /** Gives up a look that is under way. */
  interrupt(): void {
    this.#pass++
    this.#socketsPace.dueNow()
  }

  between(startUs: number, endUs: number): NetworkMeans {
    const { flows: seen, levels: stood } = this.#series.between(startUs, endUs)
    return {
      counts: byName(flows, (name) => seen[name]?.total ?? null),
      perSecond: byName(flows, (name) => seen[name]?.perSecond ?? null),
      mean: byName(levels, (name) => stood[name]?.mean ?? null),
      max: byName(levels, (name) => stood[name]?.max ?? null),
    }
  }

  #lookAtCounters(nowUs: number): void {
    const text = (file: string): string => readSmall(`/proc/${this.#pid}/net/${file}`) ?? ''
    const counters = parseNetCounters(text('snmp'), text('netstat'))
    if (!counters) return
    const last = this.#last
    if (last) {
      this.#series.addFlows(
        last.atUs,
        nowUs,
        byName(flows, (name) => difference(counters[name], last.counters[name])),
      )
    }
    this.#last = { atUs: nowUs, counters }
  }

  #goOn(pieces: Generator<void, SocketSums | null>, pass: number, startedUs: number, spentUs: number): void {
    if (pass !== this.#pass) {
      pieces.return(null)
      return
    }
    const before = ownCpuUs()
    let spent = spentUs
    for (;;) {
      const piece = pieces.next()
      spent = spentUs + ownCpuUs() - before
      if (piece.done) {
        if (piece.value) this.#series.addLevels(startedUs, piece.value)
        this.#socketsPace.looked(startedUs, spent)
        return
      }
      if (spent - spentUs >= turnUs) break
    }
    setImmediate(() => this.#goOn(pieces, pass, startedUs, spent)).unref()
  }
}
