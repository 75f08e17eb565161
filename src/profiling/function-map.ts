import { functionKey } from './call-tree.js'
import type { CallFrame } from './cpu-profile.js'
import { type FunctionWork, workOfFunction } from './function-work.js'
import { SourceText } from './script.js'
import { maxLineLength } from './source-line.js'
import type { FunctionExtent, ScriptText } from './thread-profile.js'

/** A function of a script, with the lines that its text spans (1-based). */
export interface MappedFunction extends FunctionExtent {
  readonly fromLine: number
  readonly toLine: number
}

/** V8 inlines nothing that is longer, about: 460 bytes of its bytecode. */
const longestInlined = 2_000

/** Where the functions of one script stand. */
export class FunctionMap {
  readonly #source: SourceText
  readonly #functions: readonly MappedFunction[]
  readonly #url: string
  readonly #frames = new Map<MappedFunction, CallFrame>()
  readonly #works = new Map<MappedFunction, FunctionWork | null>()
  readonly #byFrame = new Map<string, MappedFunction | null>()
  readonly #byLine = new Map<number, MappedFunction | null>()

  /** null where the engine told no functions or no text. */
  static of(url: string, script: ScriptText | undefined): FunctionMap | null {
    return script?.source && script.functions && script.functions.length > 0
      ? new FunctionMap(url, new SourceText(script.source), script.functions)
      : null
  }

  private constructor(url: string, source: SourceText, functions: readonly FunctionExtent[]) {
    this.#url = url
    this.#source = source
    this.#functions = functions
      .filter(({ start, end }) => start >= 0 && start <= end && end <= source.text.length)
      .map((one) => ({
        ...one,
        fromLine: source.placeOf(one.start).line + 1,
        toLine: source.placeOf(one.end).line + 1,
      }))
      .sort((a, b) => a.start - b.start || b.end - a.end)
  }

  /** A module of Node's own. */
  get isOfNode(): boolean {
    return this.#url.startsWith('node:')
  }

  isLong(line: number): boolean {
    return (this.#source.lines[line - 1]?.length ?? 0) > maxLineLength
  }

  textOf({ start, end }: MappedFunction): string {
    return this.#source.text.slice(start, Math.min(end, start + 20_000))
  }

  /** The innermost function around the place of a frame. From now on that frame stands for it. */
  at(frame: CallFrame): MappedFunction | null {
    const key = functionKey(frame)
    const known = this.#byFrame.get(key)
    if (known !== undefined) return known
    const offset = this.#source.offsetOf(frame.lineNumber, frame.columnNumber)
    const found = offset === null ? null : this.#innermost((one) => one.start <= offset && offset < one.end)
    this.#byFrame.set(key, found)
    if (found && !this.#frames.has(found)) this.#frames.set(found, frame)
    return found
  }

  /** The innermost function, other than that of the whole script, that a line stands in or else that begins on it. */
  atLine(line: number): MappedFunction | null {
    const known = this.#byLine.get(line)
    if (known !== undefined) return known
    const around = this.#innermost((one) => one.fromLine < line && line <= one.toLine && !this.#isScript(one))
    const found =
      around ?? this.#functions.find((one) => one.fromLine === line && !this.#isScript(one)) ?? null
    this.#byLine.set(line, found)
    return found
  }

  /**
   * The one function that another hands its work to and that V8 may have inlined: it is short, and the caller has no
   * loop, call or operation of weight besides. null where there is none, or several.
   */
  onlyCallee(one: MappedFunction): MappedFunction | null {
    let caller = one
    for (let depth = 0; depth < 3; depth++) {
      const work = this.#workOf(caller)
      if (work?.work !== 'other' || work.isBusy) break
      const callees = work.calls.flatMap((name) => {
        const named = this.#functions.filter((callee) => callee.name === name)
        return named.length === 1 && named[0]!.end - named[0]!.start <= longestInlined ? named : []
      })
      if (callees.length !== 1 || callees[0] === caller) break
      caller = callees[0]!
    }
    return caller === one ? null : caller
  }

  /** How V8 would name the function in a profile. */
  frameOf(one: MappedFunction): CallFrame {
    const known = this.#frames.get(one)
    if (known) return known
    const { line, column } = this.#source.placeOf(this.#bodyOf(one))
    const frame = {
      functionName: one.name,
      scriptId: '',
      url: this.#url,
      lineNumber: line,
      columnNumber: column,
    }
    this.#frames.set(one, frame)
    return frame
  }

  #workOf(one: MappedFunction): FunctionWork | null {
    const known = this.#works.get(one)
    if (known !== undefined) return known
    const work = workOfFunction(this.#source.text, this.#bodyOf(one), this.#source.regexNames)
    this.#works.set(one, work)
    return work
  }

  /** The parenthesis of the parameters, where V8 says that a function begins; else the start of its text. */
  #bodyOf({ start, end }: MappedFunction): number {
    const head = /^(?:async\s+)?(?:function\b\s*\*?\s*)?[\w$#]*\s*\(/.exec(
      this.#source.text.slice(start, Math.min(end, start + 200)),
    )
    return head ? start + head[0].length - 1 : start
  }

  #isScript({ start, end }: MappedFunction): boolean {
    return start === 0 && end === this.#source.text.length
  }

  #innermost(holds: (one: MappedFunction) => boolean): MappedFunction | null {
    // Sorted by their start, the last that holds is the innermost.
    return this.#functions.findLast(holds) ?? null
  }
}
