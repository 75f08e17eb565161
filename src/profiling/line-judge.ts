import { type CallTree, nameOf } from './call-tree.js'
import type { ReadSource } from './source-files.js'
import { type LineWork, workOfLine } from './source-line.js'

/** What the source of one script tells about its lines. */
export interface JudgedFile {
  /**
   * True where the lines of the running code are those of the text. A transpiler that runs in the target (tsx, ts-node)
   * names the source file but counts the lines of what it made of it.
   */
  readonly linesMatch: boolean
  /** True if JSON or a regular expression appears anywhere. */
  readonly hasTellTale: boolean
  /** @param line 1-based */
  workAt(line: number): LineWork
}

/** Judges each script once. null: the source cannot be read. */
export type LineJudge = (url: string) => JudgedFile | null

export function createLineJudge(tree: CallTree, readSource: ReadSource): LineJudge {
  const judged = new Map<string, JudgedFile | null>()
  let functions: ReadonlyMap<string, ReadonlyMap<string, number>> | null = null
  return (url) => {
    const known = judged.get(url)
    if (known !== undefined) return known
    const text = readSource(url)
    functions ??= namedFunctions(tree)
    const file = text === null ? null : judgeFile(text, functions.get(url) ?? new Map())
    judged.set(url, file)
    return file
  }
}

function judgeFile(text: string, functions: ReadonlyMap<string, number>): JudgedFile {
  const lines = text.split(/\r?\n/)
  const works = new Map<number, LineWork>()
  const workAt = (line: number): LineWork => {
    let work = works.get(line)
    if (work === undefined) {
      work = workOfLine(lines[line - 1] ?? '')
      works.set(line, work)
    }
    return work
  }
  let tellTale: boolean | null = null
  return {
    linesMatch: namesStandOnTheirLines(lines, functions),
    get hasTellTale() {
      tellTale ??= lines.some((line) => workOfLine(line) !== 'other')
      return tellTale
    },
    workAt,
  }
}

/** At least half of the named functions begin on the line that V8 names, or up to two lines below their name. */
function namesStandOnTheirLines(lines: readonly string[], functions: ReadonlyMap<string, number>): boolean {
  let found = 0
  for (const [name, line] of functions) {
    if (lines.slice(Math.max(0, line - 3), line).some((text) => text.includes(name))) found++
  }
  return functions.size === 0 || found * 2 >= functions.size
}

function namedFunctions(tree: CallTree): Map<string, Map<string, number>> {
  const byUrl = new Map<string, Map<string, number>>()
  for (const { callFrame } of tree.nodes) {
    const name = /[\p{ID_Continue}$]+$/u.exec(callFrame.functionName)?.[0]
    const { line } = nameOf(callFrame)
    if (callFrame.url === '' || name === undefined || line === 0) continue
    const functions = byUrl.get(callFrame.url) ?? new Map<string, number>()
    functions.set(name, line)
    byUrl.set(callFrame.url, functions)
  }
  return byUrl
}
