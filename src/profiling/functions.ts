import { functionKey, localPath, nameOf, type PseudoFrame, pseudoFrameOf } from './call-tree.js'
import { packageOf } from './categories.js'
import type { CallFrame } from './cpu-profile.js'
import type { Script } from './script.js'

/** A function of a profile, whatever stack it is on. */
export interface ProfiledFunction {
  /** The function as V8 knows it: position and URL of the code that ran. */
  readonly frame: CallFrame
  readonly pseudo: PseudoFrame | null
  /** As its author wrote it, where a source map tells. */
  name: string
  /** A path for a local file, else the URL as it is; `native` for code of V8 and of Node's C++. */
  file: string
  /** 1-based; 0 where there is no source. */
  line: number
  /** The package that the code came from, also within a bundle; null for an app's own. */
  package: string | null
  /** The URL or path of the module that the code was written in. */
  origin: string
  /** The script that it is part of; null for code of Node and V8. */
  script: Script | null
  /** True where the lines of the script's text are those of the code that ran. */
  linesMatch: boolean
  /** Index of its original source in the script's map; −1 where it has none. */
  source: number
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
    const id = this.all.push(asGenerated(frame)) - 1
    this.#ids.set(key, id)
    return id
  }
}

function asGenerated(frame: CallFrame): ProfiledFunction {
  const { function: name, file, line } = nameOf(frame)
  return {
    frame,
    pseudo: pseudoFrameOf(frame),
    name,
    file,
    line,
    package: packageOf(frame.url),
    origin: frame.url,
    script: null,
    linesMatch: false,
    source: -1,
  }
}

/** True for functions of scripts: neither V8's nor Node's own. */
export const isOfScript = ({ pseudo, frame }: ProfiledFunction): boolean =>
  pseudo === null && frame.url !== '' && !frame.url.startsWith('node:')

/** True for the code of a module outside its functions. */
export const isModuleCode = ({ frame }: ProfiledFunction): boolean =>
  frame.functionName === '' && frame.lineNumber <= 0 && frame.columnNumber <= 0

export const pathOf = (url: string): string => localPath(url) ?? url
