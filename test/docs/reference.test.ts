import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readText, root } from './markdown.js'

const sourcesBelow = (folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => readText(join(folder, file)))

const inCode = (page: string): Set<string> =>
  new Set(Array.from(readText(page).matchAll(/^\| `([^`]+)` +\|/gm), (match) => match[1]!))

/** Hyphenated words in quotes in the rooms that name error kinds, which are names of HTTP or packages and not of errors. */
const namesOfHttp =
  /^(content-(length|type)|keep-alive|user-agent|transfer-encoding|set-cookie|tough-cookie|permessage-deflate|sec-websocket-[a-z]+)$/

function kindsInSources(): Set<string> {
  const found = new Set<string>()
  for (const source of [...sourcesBelow('src/load'), ...sourcesBelow('src/protocols')]) {
    for (const [, kind] of source.matchAll(/'([a-z0-9]+(?:-[a-z0-9]+)+)'/g)) {
      if (!namesOfHttp.test(kind!)) found.add(kind!)
    }
    // Kinds with a part that is known only at run time: `http-${status}`, `${prefix}-reset`.
    for (const [, head] of source.matchAll(/`([a-z]+-(?:[a-z]+-)?)\$\{\w+\}`/g)) found.add(`${head}NNN`)
    for (const [, tail] of source.matchAll(/`\$\{prefix\}(-[a-z]+)`/g)) {
      found.add(`connect${tail}`)
      found.add(`connection${tail}`)
    }
  }
  for (const kind of ['timeout', 'interrupted', 'shed', 'dns', 'session-error']) found.add(kind)
  return found
}

describe('reference pages', () => {
  it('say what the program says', () => {
    const { status, stderr } = spawnSync(process.execPath, ['scripts/docs.mjs', '--check'], {
      cwd: root,
      encoding: 'utf8',
    })
    expect(stderr).toBe('')
    expect(status).toBe(0)
  })

  it('name every kind of error that the sources count, and no other', () => {
    const documented = inCode('docs/reference/error-kinds.md')
    const counted = kindsInSources()
    expect(counted.size).toBeGreaterThan(30)
    expect([...counted].filter((kind) => !documented.has(kind))).toEqual([])
    expect([...documented].filter((kind) => !counted.has(kind))).toEqual([])
  })

  it('the single words among the kinds are in the sources', () => {
    const sources = [
      ...sourcesBelow('src/protocols'),
      ...sourcesBelow('src/measurement'),
      ...sourcesBelow('src/run'),
    ].join()
    for (const kind of ['timeout', 'interrupted', 'shed', 'dns']) expect(sources).toContain(`'${kind}'`)
  })

  it('name every reason that makes a run suspect or invalid', () => {
    const sources = [...sourcesBelow('src/analysis'), ...sourcesBelow('src/run')].join('\n')
    const given = new Set(Array.from(sources.matchAll(/\bcode: '([a-z-]+)'/g), (match) => match[1]!))
    expect(given.size).toBeGreaterThan(5)
    expect([...given].toSorted()).toEqual([...inCode('docs/guides/trustworthy-numbers.md')].toSorted())
  })

  it('name every lab', () => {
    const labs = readdirSync(join(root, 'labs')).filter((name) => name.endsWith('.ts'))
    expect(labs.length).toBeGreaterThan(5)
    const named = inCode('labs/README.md')
    expect(labs.map((name) => name.replace('.ts', '')).filter((name) => !named.has(name))).toEqual([])
  })
})
