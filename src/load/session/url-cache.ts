/** More different paths than this are not kept: scripts may put ids into them. */
const most = 1_000

/** Paths of scripts as URLs: parsing one costs more than all else in sending a request. */
export class UrlCache {
  readonly #target: URL
  readonly #known = new Map<string, URL>()

  constructor(target: URL) {
    this.#target = target
  }

  /** @throws TypeError for a path that is no URL and makes none */
  resolve(path: string): URL {
    const known = this.#known.get(path)
    if (known) return known
    const url = new URL(path, this.#target)
    if (this.#known.size >= most) this.#known.clear()
    this.#known.set(path, url)
    return url
  }
}
