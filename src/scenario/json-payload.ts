import { PlimsollError } from '../kernel/errors.js'
import type { PayloadContext, PayloadFunction } from './scenario.js'
import type { SizeLaw } from './size-laws.js'

export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue }

/** The text that brings a message to its size; made by `fill`. */
export class Filler {
  readonly size: SizeLaw

  constructor(size: SizeLaw) {
    this.size = size
  }
}

/**
 * JSON in which any value may be a function of the message's number and random source, and one may be `fill(…)`.
 */
export type JsonTemplate =
  | JsonValue
  | ((context: PayloadContext) => JsonValue)
  | Filler
  | readonly JsonTemplate[]
  | { readonly [key: string]: JsonTemplate }

/**
 * Stands for words of as many bytes as bring the whole message to a size by a law, in one place of a template. What
 * is there already is never cut: a message may be larger than the size that was drawn.
 */
export const fill = (size: SizeLaw): Filler => new Filler(size)

type Piece = string | ((context: PayloadContext) => JsonValue) | Filler

/**
 * A payload function from a template: `jsonPayload({ id: ({ seq }) => seq, text: fill(sizes.uniform(20, 200)) })`.
 * Values that do not change are turned into text once.
 * @throws PlimsollError SCENARIO_INVALID with more than one `fill`
 */
export function jsonPayload(template: JsonTemplate): PayloadFunction {
  const pieces: Piece[] = []
  collect(template, pieces)
  if (pieces.filter((piece) => piece instanceof Filler).length > 1) {
    throw new PlimsollError('SCENARIO_INVALID', 'jsonPayload() takes one fill() in a template.', {
      hint: 'Let the other texts have a length of their own: ({ random }) => random.prose(10, 40).',
    })
  }
  return (context) => compose(pieces, context)
}

function compose(pieces: readonly Piece[], context: PayloadContext): string {
  let before = ''
  let after = ''
  let size = -1
  for (const piece of pieces) {
    if (piece instanceof Filler) {
      size = piece.size(context.random)
      continue
    }
    const text = typeof piece === 'string' ? piece : textOf(piece(context))
    if (size < 0) before += text
    else after += text
  }
  if (size < 0) return before
  const left = size - Buffer.byteLength(before) - Buffer.byteLength(after) - 2
  return `${before}"${context.random.prose(Math.max(0, left))}"${after}`
}

/** As `JSON.stringify` has it, and `null` for what has no JSON. */
const textOf = (value: JsonValue): string => JSON.stringify(value) ?? 'null'

function collect(template: JsonTemplate, pieces: Piece[]): void {
  if (typeof template === 'function' || template instanceof Filler) pieces.push(template)
  else if (Array.isArray(template)) {
    collectAll(
      '[',
      ']',
      template.map((item) => ['', item] as const),
      pieces,
    )
  } else if (typeof template === 'object' && template !== null) {
    const fields = Object.entries(template as Readonly<Record<string, JsonTemplate>>)
    const named = fields
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => [`${JSON.stringify(key)}:`, value] as const)
    collectAll('{', '}', named, pieces)
  } else append(textOf(template as JsonValue), pieces)
}

function collectAll(
  open: string,
  close: string,
  items: ReadonlyArray<readonly [label: string, template: JsonTemplate]>,
  pieces: Piece[],
): void {
  append(open, pieces)
  for (const [at, [label, template]] of items.entries()) {
    append(at === 0 ? label : `,${label}`, pieces)
    collect(template, pieces)
  }
  append(close, pieces)
}

/** Adds to the text that stands last, so that what does not change is one piece. */
function append(text: string, pieces: Piece[]): void {
  const last = pieces.at(-1)
  if (typeof last === 'string') pieces[pieces.length - 1] = last + text
  else pieces.push(text)
}
