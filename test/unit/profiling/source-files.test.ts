import { mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { analyzeProfiles } from '../../../src/profiling/analyze-profile.js'
import { createDiskSource } from '../../../src/profiling/source-files.js'
import { makeProfile, often, threadOf } from './make-profile.js'

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-sources-'))
afterAll(() => rmSync(folder, { recursive: true }))

function write(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

/** By the kernel's account, of this whole process. */
function bytesReadDuring(act: () => void): number {
  const bytesRead = (): number => Number(/^rchar: (\d+)/m.exec(readFileSync('/proc/self/io', 'utf8'))![1])
  const before = bytesRead()
  act()
  return bytesRead() - before
}

/** What is said of a script on disk whose comment names `map`. */
function problemsOf(map: string): readonly string[] {
  const path = write('app.js', `function work() {}\n//# sourceMappingURL=${map}\n`)
  const url = pathToFileURL(path).href
  const profile = makeProfile([{ name: 'work', url, line: 1 }], often('work', 1_000))
  return analyzeProfiles([threadOf(profile)]).problems.map((problem) => problem.replace(`${path}: `, ''))
}

describe('source maps on disk', () => {
  it('are refused by their size, without a look inside', () => {
    truncateSync(write('huge.js.map', '{"version":3'), 100_000_000)
    let problems: readonly string[] = []
    const bytes = bytesReadDuring(() => {
      problems = problemsOf('huge.js.map')
    })
    expect(problems).toEqual(['its source map huge.js.map is of no use: it is larger than 50 MB'])
    expect(bytes).toBeLessThan(1_000_000)
  })

  it('are told of by the reason why they cannot be read', () => {
    mkdirSync(join(folder, 'folder.map'))
    write('empty.map', '')
    write('page.map', '<!doctype html>')
    expect(problemsOf('gone.map')).toEqual(['its source map gone.map is of no use: it is missing'])
    expect(problemsOf('folder.map')).toEqual(['its source map folder.map is of no use: it is no file'])
    expect(problemsOf('empty.map')).toEqual(['its source map empty.map is of no use: it is empty'])
    expect(problemsOf('page.map')).toEqual(['its source map page.map is of no use: it is not JSON'])
  })

  it('cannot make the kernel read from one of its files for ever', () => {
    const read = createDiskSource()
    expect(readFileSync('/proc/self/cmdline', 'utf8')).not.toBe('')
    expect(read('/proc/self/cmdline')).toBeNull()
    expect(read('/dev/zero')).toBeNull()
  })
})
