import { functionKey, nameOf, type PseudoFrame, pseudoFrameOf } from './call-tree.js'
import type { CallFrame } from './cpu-profile.js'

/** A function of a profile, whatever stack it is on. */
export interface ProfiledFunction {
  readonly name: string
  /** A path for a local file, else the URL as it is; `native` for code of V8 and of Node's C++. */
  readonly file: string
  /** 1-based; 0 where there is no source. */
  readonly line: number
  /** The function as V8 knows it: position and URL of the code that ran. */
  readonly frame: CallFrame
  readonly pseudo: PseudoFrame | null
}

/** The distinct functions of all threads that are analysed together. */
export class FunctionTable {
  readonly all: ProfiledFunction[] = []
  readonly #ids = new Map<string, number>()

  /** The index in `all` of the function that a frame stands for. */
  idOf(frame: CallFrame): number {
    const key = functionKey(frame)
    const known = this.#ids.get(key)
    if (known !== undefined) return known
    const { function: name, file, line } = nameOf(frame)
    const id = this.all.push({ name, file, line, frame, pseudo: pseudoFrameOf(frame) }) - 1
    this.#ids.set(key, id)
    return id
  }
}
