import { decodedMappings, FlattenMap, type TraceMap, traceSegment } from '@jridgewell/trace-mapping'

/** A place in an original source; line and column are 0-based. */
export interface OriginalPosition {
  /** Index of the source. */
  readonly source: number
  readonly line: number
  readonly column: number
  /** The original name of the identifier that stands at `generatedColumn`. */
  readonly name: string | null
  readonly generatedColumn: number
}

export interface MappedSource {
  /** Resolved against where the map lies. */
  readonly url: string
  /** null where the map does not bring it along. */
  readonly content: string | null
}

/** A source map of any origin: its content is data of a stranger. */
export interface ScriptMap {
  readonly sources: readonly MappedSource[]
  /** So many lines of the script it speaks of. */
  readonly generatedLines: number
  /** So many lines of a source it speaks of. */
  linesOfSource(source: number): number
  /** The original of the last mapping at or before a place of the script; null where nothing is mapped. */
  originalOf(line: number, column: number): OriginalPosition | null
  /** The originals of all mappings on a line of the script, in the order of their columns. */
  originalsOf(line: number): OriginalPosition[]
}

export type ReadMap = { readonly map: ScriptMap } | { readonly problem: string }

/**
 * Reads a source map, index maps with sections included. Never throws: what is wrong is said in `problem`.
 * @param url where the map lies; that of the script for an inline map
 */
export function readSourceMap(text: string, url: string): ReadMap {
  try {
    const json: unknown = JSON.parse(text.replace(/^\)\]\}'?[^\n]*\n/, ''))
    const problem = problemOf(json)
    if (problem) return { problem }
    return { map: wrap(new FlattenMap(json as ConstructorParameters<typeof FlattenMap>[0], url)) }
  } catch (error) {
    return { problem: error instanceof SyntaxError ? 'it is not JSON' : 'its content is malformed' }
  }
}

function problemOf(json: unknown): string | null {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return 'it is not a JSON object'
  const { version, sections, mappings, sources } = json as Readonly<Record<string, unknown>>
  if (version !== 3) return `it has version ${JSON.stringify(version)?.slice(0, 20)} instead of 3`
  if (Array.isArray(sections)) return problemOfSections(sections)
  if (typeof mappings !== 'string') return 'it has no mappings'
  return Array.isArray(sources) && sources.length > 0 ? null : 'it names no sources'
}

/** An offset far beyond the script would have millions of empty lines laid out before it. */
const maxLines = 2_000_000

function problemOfSections(sections: readonly unknown[]): string | null {
  let lineBefore = 0
  for (const section of sections) {
    const { offset, map } = section as { offset?: { line?: unknown; column?: unknown }; map?: unknown }
    const { line, column } = offset ?? {}
    const isPlace = Number.isSafeInteger(line) && Number.isSafeInteger(column) && (column as number) >= 0
    if (!isPlace || (line as number) < lineBefore || (line as number) > maxLines)
      return 'the offset of a section is wrong'
    lineBefore = line as number
    if (typeof map === 'object' && map !== null && 'sections' in map) return 'a section holds sections'
    const problem = problemOf(map)
    if (problem) return `in a section, ${problem}`
  }
  return sections.length > 0 ? null : 'it names no sources'
}

function wrap(map: TraceMap): ScriptMap {
  // Decodes all mappings now, so that it is here that damaged ones are found.
  const lines = decodedMappings(map)
  const sources = map.resolvedSources.map((url, index) => {
    const content = map.sourcesContent?.[index]
    return { url: url ?? '', content: typeof content === 'string' ? content : null }
  })
  const positionOf = (segment: ReturnType<typeof traceSegment> | undefined): OriginalPosition | null => {
    if (!segment || segment.length === 1) return null
    const [generatedColumn, source, line, column] = segment
    const name = segment.length === 5 ? map.names[segment[4]] : null
    return { source, line, column, name: typeof name === 'string' ? name : null, generatedColumn }
  }
  let linesOfSources: Float64Array | null = null
  return {
    sources,
    linesOfSource: (source) => {
      linesOfSources ??= countLines(lines, sources.length)
      return linesOfSources[source] ?? 0
    },
    generatedLines: lines.findLastIndex((segments) => segments.length > 0) + 1,
    originalOf: (line, column) => positionOf(traceSegment(map, line, column)),
    originalsOf: (line) => (lines[line] ?? []).flatMap((segment) => positionOf(segment) ?? []),
  }
}

function countLines(mappings: ReturnType<typeof decodedMappings>, sources: number): Float64Array {
  const lines = new Float64Array(sources)
  for (const segments of mappings) {
    for (const segment of segments) {
      if (segment.length > 1) lines[segment[1]!] = Math.max(lines[segment[1]!] ?? 0, segment[2]! + 1)
    }
  }
  return lines
}
