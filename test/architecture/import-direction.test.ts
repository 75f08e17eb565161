import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const root = join(dirname(fileURLToPath(import.meta.url)), '../..')
const source = join(root, 'src')

/** The way data flows; a room may import from itself and from earlier rooms only. docs/architecture.md draws it. */
const flow = [
  'kernel',
  'scenario',
  'load',
  'protocols',
  'measurement',
  'target',
  'profiling',
  'analysis',
  'report',
  'run',
  'cli',
]

/** Rooms that must not know each other although the order would allow it. */
const strangers: ReadonlyArray<readonly [from: string, to: string]> = [
  ['protocols', 'scenario'],
  ['target', 'load'],
  ['target', 'protocols'],
  ['target', 'measurement'],
  ['profiling', 'load'],
  ['profiling', 'protocols'],
  ['profiling', 'measurement'],
  ['analysis', 'load'],
  ['analysis', 'protocols'],
  ['analysis', 'target'],
  ['analysis', 'profiling'],
  ['report', 'load'],
  ['report', 'protocols'],
  ['report', 'target'],
  ['report', 'profiling'],
]

interface Import {
  readonly file: string
  readonly from: string
  readonly to: string
}

const files = (readdirSync(source, { recursive: true, encoding: 'utf8' }) as string[]).filter((file) =>
  file.endsWith('.ts'),
)
const roomOf = (path: string): string => (path.includes(sep) ? path.split(sep)[0]! : '')

const imports: Import[] = files.flatMap((file) => {
  const text = readFileSync(join(source, file), 'utf8')
  return [...text.matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)].map((match) => {
    const to = relative(source, join(source, dirname(file), match[1]!))
    return { file, from: roomOf(file), to: roomOf(to) }
  })
})

describe('the import direction', () => {
  it('sees the code that it judges', () => {
    expect(files.length).toBeGreaterThan(60)
    expect(imports.length).toBeGreaterThan(200)
    expect(new Set(files.map(roomOf).filter((room) => room !== ''))).toEqual(new Set(flow))
  })

  it('follows the data: no room imports from a later one', () => {
    const wrong = imports.filter(
      ({ from, to }) => from !== '' && to !== '' && flow.indexOf(to) > flow.indexOf(from),
    )
    expect(wrong).toEqual([])
  })

  it.each(strangers)('%s does not know %s', (from, to) => {
    expect(imports.filter((one) => one.from === from && one.to === to)).toEqual([])
  })

  it('lets the public entry reach what a scenario needs, and no more', () => {
    const reached = new Set(imports.filter(({ file }) => file === 'index.ts').map(({ to }) => to))
    expect([...reached].sort()).toEqual(['kernel', 'scenario'])
  })

  it('keeps the process out of all rooms but the ones that own it', () => {
    const owners =
      /^(kernel\/(world|clock)|run\/(worker-main|load-worker|doctor-checks)|cli\/|target\/|profiling\/|measurement\/noise-floor)/
    const wrong = files
      .filter((file) => !owners.test(file.split(sep).join('/')))
      .filter((file) => {
        const text = readFileSync(join(source, file), 'utf8').replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')
        return /\bprocess\.(env|exit|argv|stdout|stderr|cwd)\b|\bconsole\.|\bDate\.now\(/.test(text)
      })
    expect(wrong).toEqual([])
  })

  it('draws the same rooms in docs/architecture.md', () => {
    const text = readFileSync(join(root, 'docs/architecture.md'), 'utf8')
    for (const room of flow) expect(text).toContain(`${room}/`)
  })
})
