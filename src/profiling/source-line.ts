/*
 * Tells what a line of JavaScript does, as far as JSON and regular expressions go. V8 gives JSON.stringify, JSON.parse
 * and compiled regular expressions no frame of their own: their time is self time of the line that calls them.
 */
import { endOfQuoted, endOfRegex } from './js-tokens.js'

export type LineWork = 'serialization' | 'regex' | 'mixed' | 'other'

/** A longer line is generated code, of which one line number tells nothing. */
export const maxLineLength = 500

const tellTaleOfGeneratedCode = /JSON\b|RegExp|structuredClone|\.(?:match|replace|test|exec|split|search)/
const noNames: ReadonlySet<string> = new Set()

/**
 * Judges one source line. `mixed`: it does both, or it is generated code that does either among much else, and one
 * line number cannot tell them apart.
 * @param regexNames variables that hold regular expressions, from `regexNamesOf`
 */
export function workOfLine(line: string, regexNames = noNames): LineWork {
  if (line.length > maxLineLength) return tellTaleOfGeneratedCode.test(line) ? 'mixed' : 'other'
  const { code, hasRegexLiteral } = scan(line)
  const serializes = /\bJSON\s*\.\s*(?:stringify|parse)\b|\bstructuredClone\s*\(/.test(code)
  const matches =
    hasRegexLiteral ||
    /\bnew\s+RegExp\b|\.\s*(?:match|matchAll)\s*\(|(?:re|regex|regexp|rx|pattern)\s*\.\s*(?:test|exec)\s*\(/i.test(
      code,
    ) ||
    usesNamedRegex(code, regexNames)
  if (serializes && matches) return 'mixed'
  return serializes ? 'serialization' : matches ? 'regex' : 'other'
}

function usesNamedRegex(code: string, regexNames: ReadonlySet<string>): boolean {
  if (regexNames.size === 0) return false
  const runs = code.matchAll(/([\w$]+)\s*\.\s*(?:test|exec)\s*\(/g)
  const takes = code.matchAll(
    /\.\s*(?:replace|replaceAll|split|search)\s*\(\s*(?:[\w$]+\s*\.\s*#?)*([\w$]+)/g,
  )
  return [...runs, ...takes].some((match) => regexNames.has(match[1]!))
}

/** The variables and properties that a regular expression is written into anywhere in a script. */
export function regexNamesOf(text: string): ReadonlySet<string> {
  const names = new Set<string>()
  for (const { index } of text.matchAll(/[=:]\s*(?:\/(?![/*])|new\s+RegExp\b)/g)) {
    const before = text.slice(Math.max(0, index - 80), index)
    const found = /([\w$]+)\s*(?::\s*RegExp\s*)?$/.exec(before)?.[1]
    if (found) names.add(found)
  }
  return names
}

/**
 * The code of a line with its strings, comments and regular expressions blanked out. A line is read on its own: one
 * that begins inside a comment or a string of several lines is misread at worst.
 */
function scan(line: string): { code: string; hasRegexLiteral: boolean } {
  let code = ''
  let hasRegexLiteral = false
  // Depth of braces at which each open `${` of a template ends.
  const templates: number[] = []
  let braces = 0
  let at = 0
  while (at < line.length) {
    const char = line[at]!
    if (char === '"' || char === "'") {
      at = endOfQuoted(line, at)
      code += '""'
    } else if (char === '`' || (char === '}' && templates.at(-1) === braces)) {
      if (char === '}') templates.pop()
      const end = endOfTemplateText(line, at + 1)
      if (line.startsWith('${', end)) {
        templates.push(braces)
        at = end + 2
      } else at = end + 1
      code += ' ""'
    } else if (line.startsWith('//', at)) {
      break
    } else if (line.startsWith('/*', at)) {
      const end = line.indexOf('*/', at + 2)
      if (end < 0) break
      at = end + 2
    } else if (char === '/' && regexMayStart(code)) {
      const end = endOfRegex(line, at)
      if (end > 0) hasRegexLiteral = true
      code += end > 0 ? ' ' : '/'
      at = end > 0 ? end : at + 1
    } else {
      if (char === '{') braces++
      if (char === '}') braces--
      code += char
      at++
    }
  }
  return { code, hasRegexLiteral }
}

function endOfTemplateText(line: string, start: number): number {
  for (let at = start; at < line.length; at++) {
    if (line[at] === '\\') at++
    else if (line[at] === '`' || line.startsWith('${', at)) return at
  }
  return line.length
}

/** A slash after a value divides; after an operator, or at the start, it opens a regular expression. */
function regexMayStart(before: string): boolean {
  const code = before.trimEnd()
  return (
    code === '' ||
    /[(,=:[!&|?{};+\-*%<>~^]$/.test(code) ||
    /\b(?:return|typeof|case|in|of|do|else|yield|await)$/.test(code)
  )
}
