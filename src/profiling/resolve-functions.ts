import { sectionsOf } from './bundle-sections.js'
import { packageOf } from './categories.js'
import { identifierOf, nameInSource, nameOfClassPart, originalName } from './function-name.js'
import { isModuleCode, isOfScript, type ProfiledFunction, pathOf } from './functions.js'
import { misfitOf } from './map-fit.js'
import type { Script } from './script.js'
import type { Scripts, TellProblem } from './scripts.js'

/**
 * Gives the functions of scripts the names and places that their author knows: through source maps that fit, and
 * through the comments of bundlers. A map that does not fit is told of, and not used.
 */
export function resolveFunctions(
  functions: readonly ProfiledFunction[],
  scripts: Scripts,
  tell: TellProblem,
): void {
  for (const [url, ofScript] of byScript(functions)) {
    const script = scripts.at(url)
    const linesMatch = script.isExact || (script.source !== null && namesStandOnTheirLines(script, ofScript))
    for (const one of ofScript) {
      one.script = script
      one.linesMatch = linesMatch
    }
    if (!linesMatch) {
      if (script.source !== null)
        tell(url, 'what ran is not the text on disk, so that its lines tell nothing')
      script.map = null
      continue
    }
    const misfit = script.map && misfitOf(script, script.map, ofScript, scripts)
    if (misfit) {
      tell(url, `its source map does not fit: ${misfit}`)
      script.map = null
    }
    place(script, ofScript, scripts)
    const unread = sourcesWithoutText(script, ofScript, scripts)
    if (unread.length > 0) tell(url, unreadProblem(unread))
  }
}

/** Those original sources of functions that ran whose text neither the map nor the disk has. */
function sourcesWithoutText(
  script: Script,
  functions: readonly ProfiledFunction[],
  scripts: Scripts,
): string[] {
  const { map } = script
  if (!map) return []
  const sources = new Set(functions.map(({ source }) => source).filter((source) => source >= 0))
  return [...sources]
    .filter((source) => scripts.original(script, source) === null)
    .map((source) => pathOf(map.sources[source]!.url))
}

function unreadProblem(paths: readonly string[]): string {
  const more = paths.length > 1 ? ` and ${paths.length - 1} more` : ''
  return `its source map names sources that cannot be read (${paths[0]}${more}), so that what it says of them is not checked`
}

function byScript(functions: readonly ProfiledFunction[]): Map<string, ProfiledFunction[]> {
  const groups = new Map<string, ProfiledFunction[]>()
  for (const one of functions) {
    if (!isOfScript(one)) continue
    const group = groups.get(one.frame.url)
    if (group) group.push(one)
    else groups.set(one.frame.url, [one])
  }
  return groups
}

function place(script: Script, functions: readonly ProfiledFunction[], scripts: Scripts): void {
  const sections = script.source && !script.map ? sectionsOf(script.source) : null
  for (const one of functions) {
    const section = sections?.(one.frame.lineNumber)
    if (section) origin(one, section)
    const { lineNumber, columnNumber } = one.frame
    const at = isModuleCode(one) ? null : (script.map?.originalOf(lineNumber, columnNumber) ?? null)
    const part = nameOfClassPart(one.frame, script.source, lineNumber)
    if (part) one.name = part
    if (!at || !script.map) {
      one.name = one.frame.functionName === '' ? (nameHere(one, script) ?? one.name) : one.name
      continue
    }
    const original = scripts.original(script, at.source)
    const { url } = script.map.sources[at.source]!
    origin(one, url)
    one.source = at.source
    one.file = pathOf(url)
    one.line = at.line + 1
    const found = originalName(one.frame, at, script.map, script.source, original)
    if (part && original) one.name = nameOfClassPart(one.frame, original, at.line)!
    else if (found !== null && !part) one.name = renamed(one, found)
  }
}

function origin(one: ProfiledFunction, url: string): void {
  one.origin = url
  one.package = packageOf(url)
}

/** What the text assigns a function to that V8 has no name for. */
function nameHere({ frame }: ProfiledFunction, { source }: Script): string | null {
  const line = source?.lines[frame.lineNumber]
  return line === undefined || frame.columnNumber < 0 ? null : nameInSource(line, frame.columnNumber)
}

/** V8 may say more than the identifier: `get size`, `Room.size`. */
function renamed({ frame, name }: ProfiledFunction, original: string): string {
  const short = identifierOf(frame)
  if (short === null) return original
  if (short === original || original === `#${short}`) return name
  const kind = /^(?:get|set) /.exec(name)?.[0] ?? ''
  return kind + original
}

/**
 * At least half of the named functions begin on the line that V8 names, or up to two lines below their name. A
 * transpiler that runs in the target (tsx, ts-node) names the source file but counts the lines of what it made of it.
 */
function namesStandOnTheirLines(script: Script, functions: readonly ProfiledFunction[]): boolean {
  const lines = script.source?.lines ?? []
  let named = 0
  let found = 0
  for (const { frame } of functions) {
    const name = identifierOf(frame)
    if (name === null || frame.lineNumber < 0) continue
    named++
    const line = frame.lineNumber + 1
    if (lines.slice(Math.max(0, line - 3), line).some((text) => text.includes(name))) found++
  }
  return named === 0 || found * 2 >= named
}
