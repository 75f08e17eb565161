import { PlimsollError } from '../kernel/errors.js'
import { Random } from '../kernel/random.js'
import type { PayloadFunction } from './scenario.js'

/** What one message carries. Renders into the driver's own scratch memory. */
export interface PayloadWriter {
  /** True for a binary message. */
  readonly binary: boolean
  /** Makes message `id` the next to be written; returns an upper bound of its bytes. */
  prepare(id: number): number
  /** Writes the message prepared last at `offset`; returns its length in bytes. */
  write(target: Buffer, offset: number): number
}

const zero = 48
const maxDigits = 16

/** Writes `value` as decimal digits at `offset`; returns the number of digits. Allocates nothing. */
function writeDigits(target: Buffer, offset: number, value: number): number {
  let digits = 1
  for (let rest = value; rest >= 10; rest = Math.floor(rest / 10)) digits++
  let rest = value
  for (let at = offset + digits - 1; at >= offset; at--) {
    const next = Math.floor(rest / 10)
    target[at] = zero + (rest - next * 10)
    rest = next
  }
  return digits
}

/** The default message: JSON with an `id`, 64 bytes as a whole while the id has up to 16 digits. */
export class DefaultPayload implements PayloadWriter {
  readonly binary = false
  static readonly #length = 64
  static readonly #idAt = '{"id":'.length
  /** The message written last: the next one differs in its digits only, until there is one more of them. */
  readonly #content = Buffer.alloc(DefaultPayload.#length)
  #digits = 0
  #id = 0

  prepare(id: number): number {
    this.#id = id
    return DefaultPayload.#length
  }

  write(target: Buffer, offset: number): number {
    const digits = writeDigits(this.#content, DefaultPayload.#idAt, this.#id)
    if (digits !== this.#digits) this.#layOut(digits)
    target.set(this.#content, offset)
    return DefaultPayload.#length
  }

  #layOut(digits: number): void {
    const head = `{"id":${this.#id},"data":"`
    this.#content.write(`${head}${'x'.repeat(DefaultPayload.#length - head.length - 2)}"}`)
    this.#digits = digits
  }
}

/** The same bytes every time. */
export class FixedPayload implements PayloadWriter {
  readonly binary: boolean
  readonly #content: Uint8Array

  constructor(content: Uint8Array | string) {
    this.binary = typeof content !== 'string'
    this.#content = typeof content === 'string' ? Buffer.from(content) : content
  }

  prepare(): number {
    return this.#content.length
  }

  write(target: Buffer, offset: number): number {
    target.set(this.#content, offset)
    return this.#content.length
  }
}

type Part =
  | { readonly kind: 'text'; readonly bytes: Buffer }
  | { readonly kind: 'id' | 'now' }
  | { readonly kind: 'random'; readonly length: number }
  | { readonly kind: 'drawn'; readonly maxBytes: number; readonly draw: (random: Random) => string }

const token =
  /\{\{\s*(?:(id|seq|now|uuid)|(random)\s+(\d+)|(text)\s+(\d+)\s+(\d+)|(zipf)\s+(\d+)(?:\s+(\d+(?:\.\d+)?))?)\s*\}\}/g

/** @throws PlimsollError BAD_VALUE */
function partOf(match: RegExpMatchArray): Part {
  const [, plain, random, length, text, shortest, longest, zipf, items, exponent] = match
  if (random) return { kind: 'random', length: Number(length) }
  if (text) return proseOf(Number(shortest), Number(longest), match[0])
  if (zipf) return rankOf(Number(items), exponent === undefined ? undefined : Number(exponent), match[0])
  if (plain === 'uuid') return { kind: 'drawn', maxBytes: 36, draw: (source) => source.uuid() }
  return { kind: plain === 'now' ? 'now' : 'id' }
}

function proseOf(shortest: number, longest: number, written: string): Part {
  if (shortest > longest) {
    throw new PlimsollError('BAD_VALUE', `${written} in the payload: the shorter length comes first.`)
  }
  return { kind: 'drawn', maxBytes: longest, draw: (random) => random.prose(shortest, longest) }
}

function rankOf(items: number, exponent: number | undefined, written: string): Part {
  if (items < 1 || !Number.isSafeInteger(items)) {
    throw new PlimsollError('BAD_VALUE', `${written} in the payload: it takes a number of items from 1 on.`)
  }
  return { kind: 'drawn', maxBytes: maxDigits, draw: (random) => String(random.zipf(items, exponent)) }
}

function parseTemplate(text: string): Part[] {
  const parts: Part[] = []
  let from = 0
  for (const match of text.matchAll(token)) {
    if (match.index > from) parts.push({ kind: 'text', bytes: Buffer.from(text.slice(from, match.index)) })
    parts.push(partOf(match))
    from = match.index + match[0].length
  }
  if (from < text.length) parts.push({ kind: 'text', bytes: Buffer.from(text.slice(from)) })
  return parts
}

function mostBytes(part: Part): number {
  switch (part.kind) {
    case 'text':
      return part.bytes.length
    case 'random':
      return part.length
    case 'drawn':
      return part.maxBytes
    default:
      return maxDigits
  }
}

/**
 * Text with `{{id}}`, `{{seq}}`, `{{random N}}` (N letters and digits), `{{now}}` (wall clock, ms since 1970),
 * `{{uuid}}`, `{{text MIN MAX}}` (words, so many characters) and `{{zipf N}}` or `{{zipf N EXPONENT}}` (0 … N − 1).
 */
export class TemplatePayload implements PayloadWriter {
  readonly binary = false
  readonly #parts: readonly Part[]
  readonly #maxBytes: number
  readonly #random: Random
  readonly #seed: number
  readonly #wallClockMs: () => number
  #id = 0

  constructor(text: string, seed: number, wallClockMs: () => number) {
    this.#parts = parseTemplate(text)
    this.#seed = seed
    this.#random = new Random(seed)
    this.#wallClockMs = wallClockMs
    this.#maxBytes = this.#parts.reduce((sum, part) => sum + mostBytes(part), 0)
  }

  prepare(id: number): number {
    this.#id = id
    this.#random.reseed(this.#seed, id)
    return this.#maxBytes
  }

  write(target: Buffer, offset: number): number {
    let at = offset
    for (const part of this.#parts) {
      switch (part.kind) {
        case 'text':
          target.set(part.bytes, at)
          at += part.bytes.length
          break
        case 'id':
          at += writeDigits(target, at, this.#id)
          break
        case 'now':
          at += writeDigits(target, at, this.#wallClockMs())
          break
        case 'random':
          at = this.#writeRandom(target, at, part.length)
          break
        case 'drawn':
          at += target.write(part.draw(this.#random), at, 'latin1')
      }
    }
    return at - offset
  }

  #writeRandom(target: Buffer, offset: number, length: number): number {
    const alphabet = 'abcdefghijklmnopqrstuvwxyz0123456789'
    for (let at = offset; at < offset + length; at++) {
      target[at] = alphabet.charCodeAt(Math.floor(this.#random.next() * alphabet.length))
    }
    return offset + length
  }
}

/** The author's function, called once for each message: the only code of a script on the load path. */
export class FunctionPayload implements PayloadWriter {
  binary = false
  readonly #compose: PayloadFunction
  readonly #seed: number
  readonly #context: { seq: number; random: Random }
  #content: string | Uint8Array = ''

  constructor(compose: PayloadFunction, seed: number) {
    this.#compose = compose
    this.#seed = seed
    this.#context = { seq: 0, random: new Random(seed) }
  }

  prepare(id: number): number {
    this.#context.seq = id
    this.#context.random.reseed(this.#seed, id)
    this.#content = this.#composed(id)
    this.binary = typeof this.#content !== 'string'
    return typeof this.#content === 'string' ? this.#content.length * 3 : this.#content.length
  }

  write(target: Buffer, offset: number): number {
    if (typeof this.#content === 'string') return target.write(this.#content, offset, 'utf8')
    target.set(this.#content, offset)
    return this.#content.length
  }

  /** @throws PlimsollError SCENARIO_INVALID where the author's function throws or gives something else */
  #composed(id: number): string | Uint8Array {
    let content: unknown
    try {
      content = this.#compose(this.#context)
    } catch (cause) {
      throw invalidPayload(
        `threw for message ${id}: ${cause instanceof Error ? cause.message : cause}`,
        cause,
      )
    }
    if (typeof content === 'string' || content instanceof Uint8Array) return content
    throw invalidPayload(`gave ${describeType(content)} for message ${id}.`)
  }
}

const describeType = (value: unknown): string =>
  value === null || value === undefined ? String(value) : `a value of type ${typeof value}`

const invalidPayload = (what: string, cause?: unknown): PlimsollError =>
  new PlimsollError('SCENARIO_INVALID', `The payload function ${what}`, {
    hint: 'It returns a string or bytes (a Uint8Array) for every message.',
    cause,
  })

/** Renders `payload` for message `id`, outside the load path. */
export function renderPayload(payload: PayloadWriter, id: number): Buffer {
  const target = Buffer.alloc(payload.prepare(id))
  return target.subarray(0, payload.write(target, 0))
}

/** The writer for what a scenario or an option asks for; none given is the default message. */
export function createPayload(
  source: string | Uint8Array | PayloadFunction | undefined,
  seed: number,
  wallClockMs: () => number,
): PayloadWriter {
  if (source === undefined) return new DefaultPayload()
  if (typeof source === 'function') return new FunctionPayload(source, seed)
  if (typeof source === 'string' && source.search(token) >= 0)
    return new TemplatePayload(source, seed, wallClockMs)
  return new FixedPayload(source)
}
