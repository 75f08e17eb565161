/*
 * Whole numbers as bytes, seven bits a byte, the lowest first (LEB128), and those bytes as base64. Numbers that are
 * mostly small take one or two bytes each, which JSON would need five for.
 */

const highBit = 0x80

export class VarintWriter {
  #bytes = new Uint8Array(1_024)
  #length = 0

  /** @param value a whole number from 0 to 2^53 − 1 */
  unsigned(value: number): void {
    let rest = value
    // Above 31 bits the operators of bits would cut the number.
    while (rest >= highBit) {
      this.#byte((rest % highBit) + highBit)
      rest = Math.floor(rest / highBit)
    }
    this.#byte(rest)
  }

  /** Signs alternate (zigzag), so that small numbers of either sign stay short. */
  signed(value: number): void {
    this.unsigned(value < 0 ? -2 * value - 1 : 2 * value)
  }

  toBase64(): string {
    const parts: string[] = []
    // More arguments than this overflow the stack of some engines.
    const step = 8_192
    for (let from = 0; from < this.#length; from += step) {
      parts.push(String.fromCharCode(...this.#bytes.subarray(from, Math.min(from + step, this.#length))))
    }
    return btoa(parts.join(''))
  }

  #byte(value: number): void {
    if (this.#length === this.#bytes.length) {
      const larger = new Uint8Array(2 * this.#length)
      larger.set(this.#bytes)
      this.#bytes = larger
    }
    this.#bytes[this.#length++] = value
  }
}

export class VarintReader {
  readonly #bytes: Uint8Array
  #at = 0

  /** @throws an error if the text is no base64 */
  constructor(base64: string) {
    const text = atob(base64)
    this.#bytes = new Uint8Array(text.length)
    for (let i = 0; i < text.length; i++) this.#bytes[i] = text.charCodeAt(i)
  }

  /** @throws RangeError past the end, or beyond 2^53 */
  unsigned(): number {
    let value = 0
    for (let factor = 1; ; factor *= highBit) {
      const byte = this.#bytes[this.#at++]
      if (byte === undefined || factor > Number.MAX_SAFE_INTEGER)
        throw new RangeError('the numbers break off')
      value += (byte % highBit) * factor
      if (byte < highBit) return value
    }
  }

  signed(): number {
    const value = this.unsigned()
    return value % 2 === 1 ? -(value + 1) / 2 : value / 2
  }
}
