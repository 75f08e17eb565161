/** Gives back what was put in, the largest key first. */
export class Heap<Value> {
  readonly #keys: number[] = []
  readonly #values: Value[] = []

  push(key: number, value: Value): void {
    const keys = this.#keys
    const values = this.#values
    let at = keys.push(key) - 1
    values.push(value)
    while (at > 0) {
      const above = (at - 1) >> 1
      if (keys[above]! >= key) break
      keys[at] = keys[above]!
      values[at] = values[above]!
      at = above
    }
    keys[at] = key
    values[at] = value
  }

  pop(): Value | undefined {
    const top = this.#values[0]
    const key = this.#keys.pop()
    const value = this.#values.pop()
    if (key === undefined || value === undefined || this.#keys.length === 0) return top
    this.#sink(key, value)
    return top
  }

  #sink(key: number, value: Value): void {
    const keys = this.#keys
    const values = this.#values
    let at = 0
    for (;;) {
      let below = 2 * at + 1
      if (below >= keys.length) break
      if (below + 1 < keys.length && keys[below + 1]! > keys[below]!) below++
      if (keys[below]! <= key) break
      keys[at] = keys[below]!
      values[at] = values[below]!
      at = below
    }
    keys[at] = key
    values[at] = value
  }
}
