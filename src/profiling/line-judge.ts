import { isModuleCode, type ProfiledFunction } from './functions.js'
import type { Script } from './script.js'
import type { Scripts } from './scripts.js'
import { type LineWork, workOfLine } from './source-line.js'

/** What a stretch of code does, and the line that its author knows it by: 1-based, 0 where none can be told. */
export interface Verdict {
  readonly work: LineWork
  readonly line: number
}

/** Judges the lines that samples fell on, and functions as a whole where lines cannot tell. */
export class LineJudge {
  readonly #scripts: Scripts
  readonly #lines = new Map<Script, Map<number, number>>()

  constructor(scripts: Scripts) {
    this.#scripts = scripts
  }

  /**
   * What a function does on a line of the code that ran, or as a whole where that line holds more than a number can
   * tell.
   * @param line 1-based, as V8 counts
   * @returns null where it cannot be told at all
   */
  at(one: ProfiledFunction, line: number): Verdict | null {
    const { script } = one
    if (!script) return null
    if (script.isLong(line)) return this.whole(one)
    const work = script.workAt(line)
    return { work, line: this.#originalLine(one, script, line, work) }
  }

  /** What a function does as a whole; null where its code is not found. */
  whole(one: ProfiledFunction): Verdict | null {
    const { frame, script } = one
    const found = script?.workOfFunctionAt(frame.lineNumber, frame.columnNumber, isModuleCode(one))
    if (!script?.source || !found) return null
    if (found.at < 0 || found.work === 'mixed') return { work: found.work, line: 0 }
    const place = script.source.placeOf(found.at)
    if (!script.map) return { work: found.work, line: place.line + 1 }
    const original = script.map.originalOf(place.line, place.column)
    return { work: found.work, line: original?.source === one.source ? original.line + 1 : one.line }
  }

  /** Of the original lines that a line of the script was made of, the first that does the same; else the first. */
  #originalLine(one: ProfiledFunction, script: Script, line: number, work: LineWork): number {
    if (!script.map || one.source < 0) return line
    const known = this.#lines.get(script) ?? new Map<number, number>()
    this.#lines.set(script, known)
    const before = known.get(line)
    if (before !== undefined) return before
    const originals = script.map.originalsOf(line - 1).filter(({ source }) => source === one.source)
    const text = this.#scripts.original(script, one.source)
    const same = originals.find(
      (at) => text && workOfLine(text.lines[at.line] ?? '', text.regexNames) === work,
    )
    const found = ((same ?? originals[0])?.line ?? one.line - 1) + 1
    known.set(line, found)
    return found
  }
}
