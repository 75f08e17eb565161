import { readdirSync, readFileSync } from 'node:fs'
import { isAbsolute, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'

const home = fileURLToPath(new URL('../../packages/flame-graph', import.meta.url))
const source = join(home, 'src')
const entries = ['index.ts', 'model.ts']

const read = (file: string): string => readFileSync(file, 'utf8')
const namesIn = (file: string): string[] =>
  ts.preProcessFile(read(file), true, true).importedFiles.map(({ fileName }) => fileName)
const files = readdirSync(source, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => join(source, file))

/** Where an import leads, or null where it leaves the sources of the package. */
function targetOf(file: string, name: string): string | null {
  if (!name.startsWith('.')) return null
  const target = join(file, '..', name.replace(/\.js$/, '.ts'))
  const inside = relative(source, target)
  return inside.startsWith('..') || isAbsolute(inside) ? null : target
}

describe('the flame-graph package', () => {
  it('imports nothing from outside itself', () => {
    const all = files.flatMap((file) => namesIn(file).map((name) => ({ file, name })))
    expect(all.length).toBeGreaterThan(40)
    expect(all.filter(({ file, name }) => targetOf(file, name) === null)).toEqual([])
  })

  it('holds no file that its entries do not reach', () => {
    const reached = new Set<string>()
    const open = entries.map((name) => join(source, name))
    for (let file = open.pop(); file !== undefined; file = open.pop()) {
      if (reached.has(file)) continue
      reached.add(file)
      open.push(...namesIn(file).flatMap((name) => targetOf(file!, name) ?? []))
    }
    expect([...reached].sort()).toEqual(files.toSorted())
  })

  it('names no dependency', () => {
    const manifest = JSON.parse(read(join(home, 'package.json')))
    for (const kind of ['dependencies', 'devDependencies', 'peerDependencies', 'optionalDependencies']) {
      expect(manifest[kind], kind).toBeUndefined()
    }
  })

  it('has a README whose names and switches are those of the sources', () => {
    const readme = read(join(home, 'README.md'))
    const graph = read(join(source, 'flame-graph.ts'))
    const called = [...readme.matchAll(/(?<!-)\bgraph\.([a-z]\w*)/g)].map((match) => match[1]!)
    expect(called.length).toBeGreaterThan(8)
    expect(called.filter((name) => !new RegExp(`^  (readonly |get )?${name}\\b`, 'm').test(graph))).toEqual(
      [],
    )

    const colors = (text: string): string[] => [...new Set(text.match(/--flame-[a-z]+/g))].sort()
    expect(colors(readme)).toEqual(colors(read(join(source, 'flame-graph.css'))))

    const model = /`plimsoll-flame-graph\/model`[^\n]*/.exec(readme)![0]
    const exported = read(join(source, 'model.ts'))
    for (const [, name] of model.matchAll(/`(\w+)`/g)) expect(exported).toMatch(new RegExp(`\\b${name}\\b`))
  })
})
