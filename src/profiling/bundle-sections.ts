import type { SourceText } from './script.js'

/** Bundlers that do not minify write the path of each module above its code. */
const comment = /^\s*\/\/ ((?:\.{1,2}\/)*[\w@.$+/-]+\.[cm]?[jt]sx?)$/

/**
 * The module that each line of a bundle came from, by the comments that esbuild keeps: `// node_modules/pg/lib/x.js`.
 * null for a script without such comments, so that ordinary comments make no bundle.
 * @returns for a 0-based line the path, or null where none is known
 */
export function sectionsOf(source: SourceText): ((line: number) => string | null) | null {
  const starts: number[] = []
  const paths: string[] = []
  source.lines.forEach((line, index) => {
    const path = line.length < 500 ? comment.exec(line.trimEnd())?.[1] : undefined
    if (path === undefined) return
    starts.push(index)
    paths.push(path)
  })
  if (!paths.some((path) => `/${path}`.includes('/node_modules/'))) return null
  return (line) => {
    let low = 0
    let high = starts.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (starts[middle]! <= line) low = middle + 1
      else high = middle
    }
    return low === 0 ? null : `/${paths[low - 1]!}`
  }
}
