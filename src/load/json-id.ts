const quote = 0x22
const colon = 0x3a
const space = 0x20

/** Reads the number that stands under one JSON key in a message, without parsing it. */
export class JsonKeyReader {
  readonly #pattern: Buffer
  /** Where the key stood last: replies of one kind have it at the same place. */
  #lastOffset = 0

  constructor(key: string) {
    this.#pattern = Buffer.from(JSON.stringify(key))
  }

  /** The whole number under the first occurrence of the key in `data[start, end)`, or NaN. Quoted digits count. */
  read(data: Uint8Array, start: number, end: number): number {
    const hinted = this.#readAt(data, start + this.#lastOffset, end)
    if (!Number.isNaN(hinted)) return hinted
    const last = end - this.#pattern.length
    for (let at = start; at <= last; at++) {
      if (data[at] !== quote) continue
      const value = this.#readAt(data, at, end)
      if (!Number.isNaN(value)) {
        this.#lastOffset = at - start
        return value
      }
    }
    return Number.NaN
  }

  #readAt(data: Uint8Array, at: number, end: number): number {
    const pattern = this.#pattern
    let cursor = at + pattern.length
    if (cursor >= end) return Number.NaN
    for (let index = 0; index < pattern.length; index++) {
      if (data[at + index] !== pattern[index]) return Number.NaN
    }
    while (cursor < end && data[cursor] === space) cursor++
    if (data[cursor] !== colon) return Number.NaN
    cursor++
    while (cursor < end && (data[cursor] === space || data[cursor] === quote)) cursor++
    const from = cursor
    let value = 0
    for (; cursor < end; cursor++) {
      const digit = data[cursor]! - 0x30
      if (digit < 0 || digit > 9) break
      value = value * 10 + digit
    }
    return cursor === from ? Number.NaN : value
  }
}

/** Walks `a.b.0.c` into a parsed value; undefined where the path ends early. */
export function valueAtPath(value: unknown, path: readonly string[]): unknown {
  let current = value
  for (const step of path) {
    if (typeof current !== 'object' || current === null) return undefined
    current = (current as Readonly<Record<string, unknown>>)[step]
  }
  return current
}

/** The path to the first place where `wanted` stands in a parsed JSON value, as a number or as digits. */
export function pathOfNumber(value: unknown, wanted: number): string[] | null {
  if (value === wanted || value === String(wanted)) return []
  if (typeof value !== 'object' || value === null) return null
  for (const [key, child] of Object.entries(value)) {
    const path = pathOfNumber(child, wanted)
    if (path) return [key, ...path]
  }
  return null
}
