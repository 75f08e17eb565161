import { intervalOf, type LoadPhase, type Windows } from '../load/windows.js'
import type { RecorderDelta } from './interval-delta.js'
import {
  type PackedRows,
  packedBin,
  packedCount,
  packedError,
  type SampleRow,
  TopSample,
} from './top-sample.js'

/** A message kept whole, with its error kind by name. */
export interface Exemplar extends SampleRow {
  readonly kind: 'slow' | 'random'
  readonly problem: string | null
}

const capacity = 100

/** The slowest and a random sample of the messages of all workers, for each window of a run: bounded, merged. */
export class Exemplars {
  readonly #slowest = new PlacedSamples()
  readonly #random = new PlacedSamples()
  readonly #errorKinds = ['']
  #windows: Windows

  constructor(windows: Windows) {
    this.#windows = windows
  }

  set windows(windows: Windows) {
    this.#windows = windows
    this.#slowest.placeAnew(windows)
    this.#random.placeAnew(windows)
  }

  add({ slowest, random, errorKinds }: RecorderDelta): void {
    const errors = errorKinds.map((kind) => this.#errorNumber(kind))
    this.#slowest.add(slowest, errors, this.#windows)
    this.#random.add(random, errors, this.#windows)
  }

  /** Those of one window, the slowest first. */
  of(phase: LoadPhase): Exemplar[] {
    const pick = (samples: PlacedSamples, kind: 'slow' | 'random'): Exemplar[] =>
      samples
        .of(phase, this.#windows)
        .map((row) => ({ ...row, kind, problem: this.#errorKinds[row.error] || null }))
    return [...pick(this.#slowest, 'slow'), ...pick(this.#random, 'random')]
  }

  #errorNumber(kind: string): number {
    const known = this.#errorKinds.indexOf(kind)
    return known >= 0 ? known : this.#errorKinds.push(kind) - 1
  }
}

/** One sample for each window; while it is not known where the first ends, one for each interval. */
class PlacedSamples {
  #byPlace = new Map<string, TopSample>()

  add(rows: PackedRows, errors: readonly number[], windows: Windows): void {
    let bin = Number.NaN
    let sample: TopSample | null = null
    for (let row = 0; row < packedCount(rows); row++) {
      if (sample === null || packedBin(rows, row) !== bin) {
        bin = packedBin(rows, row)
        sample = this.#at(placeOf(windows, bin))
      }
      sample.offerPacked(rows, row, errors[packedError(rows, row)])
    }
  }

  placeAnew(windows: Windows): void {
    const before = [...this.#byPlace.values()]
    this.#byPlace = new Map()
    for (const sample of before) {
      const rows = sample.take()
      for (let row = 0; row < packedCount(rows); row++) {
        this.#at(placeOf(windows, packedBin(rows, row))).offerPacked(rows, row)
      }
    }
  }

  of(phase: LoadPhase, windows: Windows): SampleRow[] {
    return [...this.#byPlace.values()]
      .flatMap((sample) => sample.rows())
      .filter(({ bin }) => intervalOf(windows, bin).phase === phase)
      .sort((a, b) => b.key - a.key)
      .slice(0, capacity)
  }

  #at(place: string): TopSample {
    let sample = this.#byPlace.get(place)
    if (!sample) {
      sample = new TopSample(capacity)
      this.#byPlace.set(place, sample)
    }
    return sample
  }
}

const placeOf = (windows: Windows, bin: number): string =>
  Number.isFinite(windows.measureFromUs) ? intervalOf(windows, bin).phase : String(bin)
