import { identifierOf, originalName } from './function-name.js'
import { isModuleCode, type ProfiledFunction, pathOf } from './functions.js'
import type { Script } from './script.js'
import type { Scripts } from './scripts.js'
import type { OriginalPosition, ScriptMap } from './source-map.js'

/**
 * Why a source map cannot be that of the script and of the sources that it names; null if nothing speaks against it.
 * It is held against what the profile knows: the functions that ran, their names, and where their code stands.
 */
export function misfitOf(
  script: Script,
  map: ScriptMap,
  functions: readonly ProfiledFunction[],
  scripts: Scripts,
): string | null {
  const lines = script.source?.lines.length ?? 0
  if (map.generatedLines > lines)
    return `it speaks of ${map.generatedLines} lines, and the script has ${lines}`
  let named = 0
  let found = 0
  for (const one of functions) {
    const at = map.originalOf(one.frame.lineNumber, one.frame.columnNumber)
    if (!at || isModuleCode(one)) continue
    const source = map.sources[at.source]
    if (!source || at.line < 0 || at.column < 0) return 'it points to no source'
    const original = scripts.original(script, at.source)
    if (!original) continue
    const text = original.lines[at.line]
    if (text === undefined || at.column > text.length) return beyond(source.url, at.line + 1)
    const spokenOf = map.linesOfSource(at.source)
    if (spokenOf > original.lineCount) return beyond(source.url, spokenOf)
    const name = expectedName(one, at, map, script)
    if (name === null) continue
    named++
    const near = original.lines.slice(Math.max(0, at.line - 2), at.line + 1)
    if (near.some((line) => line.includes(name) || /\bconstructor\b/.test(line))) found++
  }
  if (named > 0 && found * 2 < named)
    return 'the functions that ran do not stand where it says; the sources may be of another version'
  return null
}

const beyond = (url: string, line: number): string =>
  `it points beyond the end of ${pathOf(url)}, line ${line}`

/** What the original must say there: the map's own name for the function, or V8's where that is no minifier's. */
function expectedName(
  one: ProfiledFunction,
  at: OriginalPosition,
  map: ScriptMap,
  script: Script,
): string | null {
  const short = identifierOf(one.frame)
  return originalName(one.frame, at, map, script.source, null) ?? (short && short.length > 3 ? short : null)
}
