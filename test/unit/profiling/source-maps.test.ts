import { transformSync } from 'esbuild'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { analyzeProfiles } from '../../../src/profiling/analyze-profile.js'
import { readSourceMap } from '../../../src/profiling/source-map.js'
import type { ScriptText } from '../../../src/profiling/thread-profile.js'
import { makeProfile, often, threadOf } from './make-profile.js'

const url = 'file:///app/dist/server.js'
const original = [
  'interface Room {', // 1
  '  readonly history: string[]', // 2
  '}', // 3
  'export function snapshotRoom(room: Room): string {', // 4
  '  return JSON.stringify(room.history)', // 5
  '}',
].join('\n')
const made = transformSync(original, {
  loader: 'ts',
  sourcemap: true,
  sourcefile: '../src/server.ts',
})
const line = made.code.split('\n').findIndex((text) => text.includes('snapshotRoom')) + 1

/** A profile whose time lies in `snapshotRoom` as compiled, with the script and what is said of its map. */
function analyze(map: string | null, mapUrl = 'server.js.map', script: Partial<ScriptText> = {}) {
  const profile = makeProfile(
    [{ name: 'snapshotRoom', url, line, ticks: [[line + 1, 10]] }],
    often('snapshotRoom', 1_000),
  )
  const scripts = new Map([[url, { source: made.code, sourceMapUrl: mapUrl, ...script }]])
  return analyzeProfiles([threadOf(profile, { scripts })], {
    readSource: (at) => (at === 'file:///app/dist/server.js.map' ? map : null),
  })
}

const changed = (change: object): string => JSON.stringify({ ...JSON.parse(made.map), ...change })
const generated = { function: 'snapshotRoom', file: '/app/dist/server.js', line }

describe('source maps', () => {
  it('show functions and lines as their author knows them', () => {
    for (const analysis of [
      analyze(made.map),
      analyze(
        null,
        `data:application/json;base64,${Buffer.from(changed({ sources: ['../src/server.ts'] })).toString('base64')}`,
      ),
      analyze(changed({ sections: undefined })),
      analyze(
        JSON.stringify({
          version: 3,
          sections: [{ offset: { line: 0, column: 0 }, map: JSON.parse(made.map) as object }],
        }),
      ),
    ]) {
      expect(analysis.problems).toEqual([])
      expect(analysis.hottest[0]).toMatchObject({
        function: 'snapshotRoom',
        file: '/app/src/server.ts',
        line: 4,
      })
      expect(analysis.culprits.serialization[0]).toMatchObject({ file: '/app/src/server.ts', line: 5 })
      expect(analysis.categories.serialization).toBe(1)
    }
  })

  it('give a bundled package its category', () => {
    const analysis = analyze(changed({ sources: ['../node_modules/pg/lib/client.js'] }))
    expect(analysis.hottest[0]?.file).toBe('/app/node_modules/pg/lib/client.js')
    const inBundle = `// node_modules/pg/lib/client.js\n${made.code}`
    const profile = makeProfile(
      [{ name: 'snapshotRoom', url, line: line + 1, ticks: [[line + 1, 1]] }],
      [['snapshotRoom', 9]],
    )
    const scripts = new Map([[url, { source: inBundle, sourceMapUrl: null }]])
    expect(analyzeProfiles([threadOf(profile, { scripts })]).categories['database-driver']).toBe(1)
  })

  const lies: Readonly<Record<string, readonly [map: string | null, problem: string, mapUrl?: string]>> = {
    missing: [null, 'missing'],
    'no JSON': ['<html>', 'not JSON'],
    'a list': ['[]', 'not a JSON object'],
    'of another version of the format': [changed({ version: 2 }), 'version 2'],
    'without sources': [changed({ sources: [] }), 'names no sources'],
    'without mappings': [changed({ mappings: 7 }), 'no mappings'],
    'beyond the sources in another place': [
      changed({
        mappings: (JSON.parse(made.map) as { mappings: string }).mappings.replace(/;*$/, ',CAwgCA'),
      }),
      'points beyond the end of /app/src/server.ts, line 10',
    ],
    'beyond the sources': [changed({ sourcesContent: ['let a = 1'] }), 'points beyond the end'],
    'with sources of another version': [
      changed({ sourcesContent: [`// text${'\n// more text than there was before'.repeat(20)}`] }),
      'another version',
    ],
    'of a longer script': [
      changed({ mappings: `${made.map.length > 0 ? ';'.repeat(90) : ''}AAAA` }),
      'speaks of 91 lines',
    ],
    'with a section far away': [
      JSON.stringify({
        version: 3,
        sections: [{ offset: { line: 1e9, column: 0 }, map: JSON.parse(made.map) as object }],
      }),
      'offset of a section',
    ],
    'with sections in sections': [
      JSON.stringify({
        version: 3,
        sections: [{ offset: { line: 0, column: 0 }, map: { version: 3, sections: [] } }],
      }),
      'a section holds sections',
    ],
    'on the network': [made.map, 'on the network', 'https://example.com/server.js.map'],
    nowhere: [made.map, 'no address', 'http://[bad'],
  }
  it.each(Object.entries(lies))('that lie are told of and not used: %s', (_, [map, problem, mapUrl]) => {
    const analysis = analyze(map, mapUrl)
    expect(analysis.problems.join()).toContain(problem)
    expect(analysis.problems[0]).toMatch(/^\/app\/dist\/server\.js: /)
    expect(analysis.hottest[0]).toMatchObject(generated)
    expect(analysis.categories.serialization).toBe(1)
  })

  it('whose sources cannot be read are used as they are, and told of once', () => {
    const sources = ['../src/server.ts']
    const { sources: _, sourcesContent: __, ...rest } = JSON.parse(made.map) as Record<string, unknown>
    const analysis = analyze(JSON.stringify({ ...rest, sources }))
    expect(analysis.problems).toEqual([
      '/app/dist/server.js: its source map names sources that cannot be read (/app/src/server.ts), so that what it says of them is not checked',
    ])
    expect(analysis.hottest[0]).toMatchObject({ file: '/app/src/server.ts', line: 4 })
    expect(analysis.categories.serialization).toBe(1)
  })

  it('are told of once, however many functions ran', () => {
    const functions = Array.from({ length: 20 }, (_, at) => ({ name: `f${at}`, url, line: at + 1 }))
    const profile = makeProfile(
      functions,
      functions.flatMap(({ name }) => often(name, 100)),
    )
    const scripts = new Map([[url, { source: made.code, sourceMapUrl: 'server.js.map' }]])
    const analysis = analyzeProfiles([threadOf(profile, { scripts })], { readSource: () => null })
    expect(analysis.problems).toEqual([
      '/app/dist/server.js: its source map server.js.map is of no use: it is missing',
    ])
  })

  it('never throw, whatever they say', () => {
    const anything = fc.oneof(fc.anything(), fc.string(), fc.constant([null]), fc.constant(['a', 5]))
    fc.assert(
      fc.property(
        fc.constantFrom(
          'version',
          'sources',
          'sourcesContent',
          'names',
          'mappings',
          'sections',
          'sourceRoot',
        ),
        anything,
        fc.string({ unit: fc.constantFrom('A', 'C', 'D', 'z', '9', ',', ';', '!', '+'), maxLength: 40 }),
        (key, value, mappings) => {
          let text: string
          try {
            text = JSON.stringify({ ...JSON.parse(made.map), mappings, [key]: value })
          } catch {
            return
          }
          const read = readSourceMap(text, 'file:///app/dist/server.js.map')
          expect('map' in read || 'problem' in read).toBe(true)
          expect(analyze(text).onCpuSeconds).toBe(0.001)
        },
      ),
      { numRuns: 500 },
    )
  })
})
