import type { CallFrame } from './cpu-profile.js'
import type { SourceText } from './script.js'
import type { OriginalPosition, ScriptMap } from './source-map.js'

/** The last identifier of the name that V8 gives a function; null for one without. */
export const identifierOf = (frame: CallFrame): string | null =>
  /[\p{ID_Continue}$]+$/u.exec(frame.functionName)?.[0] ?? null

const keywords = new Set(
  'if for while switch catch with function return async await typeof new yield case in of do else get set static'.split(
    ' ',
  ),
)
/** So far before the place that V8 gives a function its name stands, if anywhere. */
const reach = 120

/**
 * The name that a function has in its original source: that which the map gives its identifier, else what the
 * original text says there. null where neither tells.
 */
export function originalName(
  frame: CallFrame,
  at: OriginalPosition,
  map: ScriptMap,
  generated: SourceText | null,
  original: SourceText | null,
): string | null {
  return (
    nameOfMap(frame, map, generated) ??
    (original && nameInSource(original.lines[at.line] ?? '', at.column, () => classAbove(original, at.line)))
  )
}

/** Maps name identifiers, not functions: only the mapping that begins where the function's own name stands counts. */
function nameOfMap(frame: CallFrame, map: ScriptMap, generated: SourceText | null): string | null {
  const { lineNumber: line, columnNumber: column } = frame
  const short = identifierOf(frame)
  if (short === null) return null
  const text = generated?.lines[line]?.slice(Math.max(0, column - reach), column + short.length)
  if (text === undefined) return null
  const found = text.lastIndexOf(short)
  if (found < 0) return null
  const nameColumn = Math.max(0, column - reach) + found
  const at = map.originalOf(line, nameColumn)
  return at?.generatedColumn === nameColumn ? at.name : null
}

/**
 * The name that the text gives to the function at a place: by a declaration, as a method, or by what it is assigned
 * to.
 * @param column 0-based
 */
export function nameInSource(
  line: string,
  column: number,
  classAbove: () => string | null = () => null,
): string | null {
  const after = line.slice(column, column + 300)
  const before = line.slice(Math.max(0, column - 300), column)
  const name =
    /^(?:export\s+)?(?:default\s+)?(?:async\s+)?function\s*\*?\s*([\w$]+)/.exec(after)?.[1] ??
    /^(?:(?:static|async|public|private|protected|override|get|set)\s+)*\*?\s*(#?[\w$]+)\s*(?:<[^<>]*>)?\(/.exec(
      after,
    )?.[1] ??
    (/^(?:async\s*)?(?:\(|<|function\b|[\w$]+\s*=>)/.test(after) ? nameBefore(before) : null)
  if (name === 'constructor') return classAbove()
  return name === null || keywords.has(name) ? null : name
}

function nameBefore(before: string): string | null {
  const text = before.replace(/(?:\basync\s*)?(?:\bfunction\s*\*?\s*)?$/, '').trimEnd()
  return (
    /(#?[\w$]+)\s*(?:<[^<>]*>)?$/.exec(text)?.[1] ??
    /(#?[\w$]+)\s*(?::[^=;,]+)?=$/.exec(text)?.[1] ??
    /(#?[\w$]+)\s*:$/.exec(text)?.[1] ??
    null
  )
}

/** The class whose constructor, fields or static block begin on a line. */
export function classAbove(source: SourceText, line: number): string | null {
  for (let at = line; at >= Math.max(0, line - 200); at--) {
    const text = source.lines[at] ?? ''
    const name = text.length < 1_000 ? /\bclass\s+([\w$]+)/.exec(text)?.[1] : undefined
    if (name !== undefined) return name === 'extends' ? null : name
  }
  return null
}

/** What V8 calls code of a class that is no method. */
const partsOfClass: Readonly<Record<string, string>> = {
  '<static_initializer>': 'static block',
  '<instance_members_initializer>': 'fields',
}

/** A name that a reader recognises for what V8 has only a sign for; null for any other name. */
export function nameOfClassPart(frame: CallFrame, source: SourceText | null, line: number): string | null {
  const part = Object.hasOwn(partsOfClass, frame.functionName) ? partsOfClass[frame.functionName]! : null
  if (part === null) return null
  const owner = source === null ? null : classAbove(source, line)
  return owner === null ? `(${part} of a class)` : `${owner} (${part})`
}
