import { pathToFileURL } from 'node:url'
import { localPath } from './call-tree.js'
import { Script, SourceText } from './script.js'
import { maxMapBytes, type ReadSource, whyUnread } from './source-files.js'
import { type ReadMap, readSourceMap } from './source-map.js'
import type { ScriptText, ThreadProfile } from './thread-profile.js'

/** What a reader should know of a script, by its URL. */
export type TellProblem = (url: string, problem: string) => void

/** The scripts and original sources of a profile: as the engine compiled them, else from disk. */
export class Scripts {
  readonly #compiled = new Map<string, ScriptText>()
  readonly #scripts = new Map<string, Script>()
  readonly #originals = new Map<string, SourceText | null>()
  readonly #readSource: ReadSource
  readonly #tell: TellProblem
  #leftMapBytes = 4 * maxMapBytes

  constructor(profiles: readonly ThreadProfile[], readSource: ReadSource, tell: TellProblem) {
    for (const { scripts } of profiles) {
      for (const [url, script] of scripts) if (!this.#compiled.has(url)) this.#compiled.set(url, script)
    }
    this.#readSource = readSource
    this.#tell = tell
  }

  /** The script of a URL that a profile names, with its source map, whether that fits or not. */
  at(url: string): Script {
    const known = this.#scripts.get(url)
    if (known) return known
    const compiled = this.#compiled.get(url)
    const text = compiled?.source ?? this.#readSource(url)
    const script = new Script(text, typeof compiled?.source === 'string')
    this.#scripts.set(url, script)
    const mapUrl = compiled?.sourceMapUrl || (text === null ? null : mapUrlIn(text))
    if (mapUrl) script.map = this.#map(url, mapUrl)
    return script
  }

  /** The text of an original source, from its map or from disk; null where it cannot be had. */
  original(script: Script, index: number): SourceText | null {
    const source = script.map?.sources[index]
    if (!source) return null
    if (source.content !== null) return this.#originalOf(`${index}\n${source.url}`, source.content)
    return this.#originalOf(source.url, localPath(source.url) === null ? null : this.#readSource(source.url))
  }

  #originalOf(key: string, text: string | null): SourceText | null {
    const known = this.#originals.get(key)
    // Two maps may bring along different texts for one source.
    if (known !== undefined && (known?.text ?? null) === text) return known
    const source = text === null ? null : new SourceText(text)
    this.#originals.set(key, source)
    return source
  }

  #map(url: string, mapUrl: string): Script['map'] {
    const found = this.#readMap(url, mapUrl)
    if ('map' in found) return found.map
    this.#tell(url, `its source map${nameOfMap(mapUrl)} is of no use: ${found.problem}`)
    return null
  }

  #readMap(url: string, mapUrl: string): ReadMap {
    const base = localPath(url) === url ? pathToFileURL(url).href : url
    const at = isInline(mapUrl) ? base : resolve(mapUrl, base)
    if (at === null) return { problem: 'where it lies is no address' }
    if (!isInline(mapUrl) && localPath(at) === null)
      return { problem: 'it lies on the network, where Plimsoll does not look' }
    const text = isInline(mapUrl) ? decodeDataUrl(mapUrl) : this.#readSource(at)
    const limit = Math.min(maxMapBytes, this.#leftMapBytes)
    if (text === null)
      return { problem: isInline(mapUrl) ? 'it is damaged or too large' : whyUnread(localPath(at)!) }
    if (text.length > limit) return { problem: `it is larger than ${limit / 1e6} MB` }
    this.#leftMapBytes -= text.length
    return readSourceMap(text, at)
  }
}

const isInline = (mapUrl: string): boolean => mapUrl.startsWith('data:')

const nameOfMap = (mapUrl: string): string => (isInline(mapUrl) ? '' : ` ${mapUrl.slice(0, 100)}`)

/** The last comment that names a source map. */
export function mapUrlIn(text: string): string | null {
  const at = Math.max(text.lastIndexOf('//# sourceMappingURL='), text.lastIndexOf('//@ sourceMappingURL='))
  if (at < 0) return null
  const end = text.indexOf('\n', at)
  return text.slice(at + '//# sourceMappingURL='.length, end < 0 ? undefined : end).trim() || null
}

function resolve(mapUrl: string, base: string): string | null {
  try {
    return new URL(mapUrl, base).href
  } catch {
    return null
  }
}

function decodeDataUrl(url: string): string | null {
  const comma = url.indexOf(',')
  if (comma < 0 || url.length > maxMapBytes * 1.4) return null
  const data = url.slice(comma + 1)
  try {
    return /;base64$/i.test(url.slice(0, comma))
      ? Buffer.from(data, 'base64').toString('utf8')
      : decodeURIComponent(data)
  } catch {
    return null
  }
}
