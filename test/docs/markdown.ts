import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../../', import.meta.url))

export const readText = (path: string): string => readFileSync(join(root, path), 'utf8')

/** Files of the repository, committed or about to be; those that were deleted but not yet committed are left out. */
export function repositoryFiles(): string[] {
  const git = (...args: string[]): string[] =>
    execFileSync('git', ['ls-files', ...args], { cwd: root, encoding: 'utf8' })
      .split('\n')
      .filter(Boolean)
  const deleted = new Set(git('--deleted'))
  return git('--cached', '--others', '--exclude-standard').filter((path) => !deleted.has(path))
}

export const markdownFiles = (): string[] => repositoryFiles().filter((path) => path.endsWith('.md'))

export interface Fence {
  readonly file: string
  /** Line of the opening fence, from 1. */
  readonly line: number
  readonly language: string
  /** The HTML comment on the line before, such as `test: echo`; empty without one. */
  readonly mark: string
  readonly text: string
}

export function fencesOf(file: string): Fence[] {
  const lines = readText(file).split('\n')
  const fences: Fence[] = []
  for (let at = 0; at < lines.length; at++) {
    const open = /^```(\w*)\s*$/.exec(lines[at]!)
    if (!open) continue
    const end = lines.indexOf('```', at + 1)
    if (end < 0) throw new Error(`${file}:${at + 1}: the fence is not closed`)
    const mark = /^<!-- (.+) -->$/.exec(lines[at - 1] ?? '')?.[1] ?? ''
    fences.push({ file, line: at + 1, language: open[1]!, mark, text: lines.slice(at + 1, end).join('\n') })
    at = end
  }
  return fences
}

export const allFences = (): Fence[] => markdownFiles().flatMap(fencesOf)

/** The text without its fences and code spans: what is left may hold links. */
export const proseOf = (file: string): string =>
  readText(file)
    .replaceAll(/^```[\s\S]*?^```$/gm, '')
    .replaceAll(/`[^`\n]+`/g, (code) => code.replaceAll(/[[\]()]/g, ' '))
