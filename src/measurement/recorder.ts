import { Random } from '../kernel/random.js'
import type { ConnectPhases } from '../load/driver.js'
import type { SessionEnding, SessionOutcomeSink } from '../load/session/session-outcomes.js'
import { binOf, intervalOf, type Windows } from '../load/windows.js'
import { Histogram } from './histogram.js'
import type { CensoredMetric, IntervalDelta, RecorderDelta } from './interval-delta.js'
import { IntervalRecord, isTold, Tally } from './interval-record.js'
import { TopSample } from './top-sample.js'

/** Intervals that are open at once; one more sends the one that was used least recently on its way. */
const openIntervals = 8
const exemplars = 100

/**
 * A worker's measurements, by intended second, in bounded memory: it keeps the intervals that are in use and hands
 * out additive deltas. A message without a reply is recorded with the time it has waited, and at least the timeout:
 * one that can never be answered has its user wait for as long as they have patience, and a lost connection must
 * not make a percentile look better.
 */
export class Recorder implements SessionOutcomeSink {
  #windows: Windows
  readonly #timeoutUs: number
  readonly #open: IntervalRecord[] = []
  /** The interval in use, and the stretch of time that it stands for. */
  #current: IntervalRecord
  #currentFromUs = Number.POSITIVE_INFINITY
  #currentToUs = Number.NEGATIVE_INFINITY
  #uses = 0
  #evicted: IntervalDelta[] = []
  #arrivalUs = 0
  #arrivalsFromUs = Number.POSITIVE_INFINITY
  #arrivalsToUs = Number.NEGATIVE_INFINITY
  #arrivals = 0
  readonly #connects = {
    connect: new Histogram(),
    tcp: new Histogram(),
    tls: new Histogram(),
    handshake: new Histogram(),
  }
  readonly #slowest = new TopSample(exemplars)
  readonly #sampled = new TopSample(exemplars)
  readonly #random: Random
  readonly #errorKinds = ['']
  #errorDetails: Record<string, string> = {}
  #sessionErrors = new Tally()

  constructor(windows: Windows, timeoutUs: number, seed: number) {
    this.#windows = windows
    this.#timeoutUs = timeoutUs
    this.#random = new Random(seed, 0x45584d50)
    this.#current = new IntervalRecord()
    this.#current.bin = 0
    this.#open.push(this.#current)
  }

  set windows(windows: Windows) {
    this.#bookArrivals()
    this.#windows = windows
    this.#currentToUs = Number.NEGATIVE_INFINITY
    this.#arrivalsToUs = Number.NEGATIVE_INFINITY
  }

  due(intendedUs: number, count: number): void {
    this.#at(intendedUs).counts.due += count
  }

  sent(intendedUs: number): void {
    this.#at(intendedUs).counts.sent++
  }

  answered(
    id: number,
    connection: number,
    intendedUs: number,
    readyUs: number,
    sentUs: number,
    firstByteUs: number,
    nowUs: number,
    problem: string | null,
  ): void {
    const interval = this.#at(intendedUs)
    const slipUs = readyUs - intendedUs
    const waitUs = sentUs - readyUs
    const serviceUs = nowUs - sentUs
    const responseUs = nowUs - intendedUs
    interval.slip.record(slipUs)
    interval.wait.record(waitUs)
    interval.service.record(serviceUs)
    interval.response.record(responseUs)
    if (firstByteUs > 0) interval.ttfb.record(firstByteUs - sentUs)
    if (problem === null) {
      interval.counts.received++
      this.#noteArrival(nowUs)
    } else {
      interval.counts.invalid++
      interval.errors.add(problem, 1)
    }
    this.#keep(id, connection, intendedUs, slipUs, waitUs, serviceUs, responseUs, interval.bin, problem)
  }

  unanswered(
    id: number,
    connection: number,
    intendedUs: number,
    readyUs: number,
    sentUs: number,
    nowUs: number,
    kind: string,
  ): void {
    const interval = this.#at(intendedUs)
    const waitedUs = nowUs - intendedUs
    const responseUs = kind === 'interrupted' ? waitedUs : Math.max(waitedUs, this.#timeoutUs)
    const dispatched = !Number.isNaN(readyUs)
    const written = !Number.isNaN(sentUs)
    const slipUs = dispatched ? readyUs - intendedUs : responseUs
    const waitUs = written ? sentUs - readyUs : responseUs - slipUs
    const serviceUs = responseUs - slipUs - waitUs
    if (dispatched) interval.slip.record(slipUs)
    if (written) {
      interval.wait.record(waitUs)
      this.#censor(interval, 'service', serviceUs, 1)
    } else if (dispatched) {
      this.#censor(interval, 'wait', waitUs, 1)
    }
    this.#censor(interval, 'response', responseUs, 1)
    interval.errors.add(kind, 1)
    if (kind === 'timeout') interval.counts.timeouts++
    this.#keep(id, connection, intendedUs, slipUs, waitUs, serviceUs, responseUs, interval.bin, kind)
  }

  shed(intendedUs: number, count: number, late: boolean): void {
    const interval = this.#at(intendedUs)
    interval.counts.shed += count
    if (late) interval.counts.shedLate += count
    this.#censor(interval, 'response', this.#timeoutUs, count)
    interval.errors.add('shed', count)
  }

  unmatched(nowUs: number): void {
    this.#at(nowUs).counts.unmatched++
  }

  pushed(nowUs: number): void {
    this.#at(nowUs).counts.pushed++
  }

  bytes(nowUs: number, sent: number, received: number): void {
    const { counts } = this.#at(nowUs)
    counts.bytesSent += sent
    counts.bytesReceived += received
  }

  connectionOpened(nowUs: number, phases: ConnectPhases): void {
    const { counts } = this.#at(nowUs)
    counts.connectionsOpened++
    if (phases.tlsResumed) counts.tlsResumed++
    if (phases.compressed) counts.compressed++
    this.#connects.connect.record(phases.total)
    this.#connects.tcp.record(phases.tcp)
    if (phases.tls > 0) this.#connects.tls.record(phases.tls)
    this.#connects.handshake.record(phases.handshake)
  }

  connectionFailed(nowUs: number, kind: string, detail: string): void {
    const interval = this.#at(nowUs)
    interval.counts.connectionsFailed++
    interval.connectionErrors.add(kind, 1)
    this.#errorDetails[kind] ??= detail
  }

  connectionLost(nowUs: number, kind: string, detail: string): void {
    const interval = this.#at(nowUs)
    interval.counts.connectionsLost++
    interval.connectionErrors.add(kind, 1)
    this.#errorDetails[kind] ??= detail
  }

  sessionStarted(intendedUs: number): void {
    this.#at(intendedUs).counts.sessionsStarted++
  }

  sessionEnded(intendedUs: number, durationUs: number, ending: SessionEnding): void {
    const interval = this.#at(intendedUs)
    if (ending === 'unfinished') {
      interval.counts.sessionsUnfinished++
      return
    }
    // A session that failed early must not make the percentiles look better: as with messages, patience counts.
    const failed = ending === 'failed'
    interval.named
      .at('session', '')
      .record(failed ? Math.max(durationUs, this.#timeoutUs) : durationUs, failed)
    if (failed) interval.counts.sessionsFailed++
    else interval.counts.sessionsCompleted++
  }

  sessionError(intendedUs: number, error: string): void {
    this.#at(intendedUs).errors.add('session-error', 1)
    this.#errorDetails['session-error'] ??= error
    this.#sessionErrors.add(error, 1)
  }

  measured(name: string, fromUs: number, durationUs: number, failed: boolean): void {
    const us = failed ? Math.max(durationUs, this.#timeoutUs) : durationUs
    this.#at(fromUs).named.at('measure', name).record(us, failed)
  }

  grouped(name: string, intendedUs: number, responseUs: number, answered: boolean, isError: boolean): void {
    const group = this.#at(intendedUs).named.at('group', name)
    group.record(answered ? responseUs : Math.max(responseUs, this.#timeoutUs), !answered)
    if (isError) group.failed++
  }

  checked(name: string, arrivalUs: number, holds: boolean): void {
    const check = this.#at(arrivalUs).named.at('check', name)
    if (holds) check.passed++
    else check.failed++
  }

  pushMissed(nowUs: number): void {
    this.#at(nowUs).errors.add('push-timeout', 1)
  }

  posted(nowUs: number): void {
    this.#at(nowUs).counts.posted++
  }

  /** All that was measured since the last call. */
  take(): RecorderDelta {
    this.#bookArrivals()
    const intervals = [...this.#evicted, ...this.#open.map((interval) => interval.take())].filter(isTold)
    this.#evicted = []
    const errorDetails = this.#errorDetails
    this.#errorDetails = {}
    return {
      intervals,
      connects: {
        connect: this.#connects.connect.takeDelta(),
        tcp: this.#connects.tcp.takeDelta(),
        tls: this.#connects.tls.takeDelta(),
        handshake: this.#connects.handshake.takeDelta(),
      },
      slowest: this.#slowest.take(),
      random: this.#sampled.take(),
      errorKinds: this.#errorKinds,
      errorDetails,
      sessionErrors: this.#sessionErrors.take(),
    }
  }

  /** Arrivals are counted aside, since under overload they belong to another interval than their messages. */
  #noteArrival(nowUs: number): void {
    if (nowUs < this.#arrivalsFromUs || nowUs >= this.#arrivalsToUs) {
      this.#bookArrivals()
      const { startUs, endUs } = this.#intervalAt(nowUs)
      this.#arrivalUs = nowUs
      this.#arrivalsFromUs = startUs
      this.#arrivalsToUs = endUs
    }
    this.#arrivals++
  }

  #bookArrivals(): void {
    if (this.#arrivals > 0) this.#at(this.#arrivalUs).counts.arrived += this.#arrivals
    this.#arrivals = 0
  }

  /** Records a lower bound: the true value is at least this. */
  #censor(interval: IntervalRecord, metric: CensoredMetric, us: number, count: number): void {
    interval[metric].recordCount(us, count)
    const censoring = interval.censored[metric]
    censoring.count += count
    if (us < censoring.minUs) censoring.minUs = us
  }

  #keep(
    id: number,
    connection: number,
    intendedUs: number,
    slipUs: number,
    waitUs: number,
    serviceUs: number,
    responseUs: number,
    bin: number,
    problem: string | null,
  ): void {
    const chance = this.#random.next()
    const slow = responseUs > this.#slowest.threshold
    if (!slow && chance <= this.#sampled.threshold) return
    const error = problem === null ? 0 : this.#errorNumber(problem)
    if (slow) {
      this.#slowest.offer(responseUs, id, connection, intendedUs, slipUs, waitUs, serviceUs, bin, error)
    }
    this.#sampled.offer(chance, id, connection, intendedUs, slipUs, waitUs, serviceUs, bin, error)
  }

  #errorNumber(kind: string): number {
    const known = this.#errorKinds.indexOf(kind)
    return known >= 0 ? known : this.#errorKinds.push(kind) - 1
  }

  #at(timeUs: number): IntervalRecord {
    if (timeUs >= this.#currentFromUs && timeUs < this.#currentToUs) return this.#current
    return this.#switchTo(timeUs)
  }

  #switchTo(timeUs: number): IntervalRecord {
    const { bin, startUs, endUs } = this.#intervalAt(timeUs)
    this.#current.lastUse = ++this.#uses
    this.#current = this.#open.find((interval) => interval.bin === bin) ?? this.#make(bin)
    this.#currentFromUs = startUs
    this.#currentToUs = endUs
    return this.#current
  }

  /** The interval of a time; what happens before the load starts belongs to the first. */
  #intervalAt(timeUs: number): { bin: number; startUs: number; endUs: number } {
    const bin = binOf(this.#windows, Math.max(0, timeUs))
    const { startUs, endUs } = intervalOf(this.#windows, bin)
    // Past the end of the load an interval has no end of its own.
    return { bin, startUs: bin === 0 ? Number.NEGATIVE_INFINITY : startUs, endUs: Math.max(endUs, timeUs) }
  }

  #make(bin: number): IntervalRecord {
    if (this.#open.length < openIntervals) {
      const interval = new IntervalRecord()
      interval.bin = bin
      this.#open.push(interval)
      return interval
    }
    const oldest = this.#open.reduce((a, b) => (b.lastUse < a.lastUse ? b : a))
    this.#evicted.push(oldest.take())
    oldest.bin = bin
    return oldest
  }
}
