import type { Random } from '../../src/kernel/random.js'
import type { Dictionary } from './mutate.js'

/** What one of our parsers made of a stream of bytes. */
export interface Reading {
  /** One line for each thing that it handed on; what it refused stands last, as `error …`. */
  readonly events: readonly string[]
  /** Bytes that it held at most. */
  readonly peakBytes: number
}

/** A difference from another implementation that is understood, and told in docs/parser-differences.md. */
export interface Difference {
  /** As in the table of the page. */
  readonly id: string
}

/** What the comparison of one input came to. */
export type Agreement =
  | 'both accept'
  | 'both refuse'
  | 'not compared'
  | Difference
  /** Unexplained: what was seen, for whoever has to explain it. */
  | { readonly unexplained: string }

/** One parser to fuzz. */
export interface Target {
  readonly name: string
  readonly dictionary: Dictionary
  /** The other implementation; null where there is none. */
  readonly oracleName: string
  /** The bytes that a well-behaved server would send, or nearly. */
  generate(random: Random): Buffer
  /** Reads the pieces one after the other, each from a buffer that the next one overwrites. Must never throw. */
  read(pieces: readonly Buffer[], variant: number): Reading
  /** Limits and other settings, 0 … n − 1; each input is read in one of them. */
  readonly variants: number
  /** The most that `Reading.peakBytes` may be. */
  peakLimit(variant: number): number
  /** Reads the bytes by the other implementation too, and compares. */
  compare(bytes: Buffer, ours: Reading, variant: number): Agreement | Promise<Agreement>
  /** What tells inputs apart that take different ways through the parser: one of each is kept to be mutated further. */
  signature(reading: Reading): string
}

/** One buffer for all reads, as sockets have it: what a parser keeps must be a copy. */
export class SharedRead {
  #buffer = Buffer.alloc(70_000)

  /** Copies a piece to where a read would have put it, and overwrites all that the read before left. */
  place(piece: Buffer): Buffer {
    if (piece.length > this.#buffer.length) this.#buffer = Buffer.alloc(2 * piece.length)
    this.#buffer.fill(0xee, 0, Math.min(this.#buffer.length, piece.length + 4_096))
    piece.copy(this.#buffer)
    return this.#buffer
  }
}

/** Kinds of events in the order of their first coming, and the refusal: enough to tell ways through a parser apart. */
export function shapeOf(events: readonly string[]): string {
  const kinds = new Set<string>()
  for (const event of events)
    kinds.add(event.startsWith('error') ? event : event.slice(0, event.indexOf(' ')))
  return [...kinds].join(' ')
}
