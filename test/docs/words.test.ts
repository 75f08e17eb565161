import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { repositoryFiles, root } from './markdown.js'

/** Written in halves, so that this file does not contain what it looks for. */
const forbidden = [
  ['/wo', 'rk/'],
  ['help', 'er-'],
  ['arti', 'factory'],
  ['verda', 'ccio'],
  ['jf', 'rog'],
  ['_auth', 'Token'],
].map((halves) => halves.join(''))

/** Lock files name packages of others; where those come from is the next test's question. */
const leftOut = /\.(png|ico|woff2?|gz)$|(^|\/)package-lock\.json$/

describe('the repository speaks of nothing but itself', () => {
  it('names no place, tool or registry of those who wrote it', () => {
    const found = repositoryFiles()
      .filter((path) => !leftOut.test(path))
      .flatMap((path) => {
        const text = readFileSync(join(root, path), 'utf8')
        return forbidden.filter((word) => text.includes(word)).map((word) => `${path}: ${word}`)
      })
    expect(found).toEqual([])
  })

  it('resolves every dependency from the public registry', () => {
    const locks = repositoryFiles().filter((path) => path.endsWith('package-lock.json'))
    expect(locks).toContain('package-lock.json')
    const hosts = locks
      .map((path) => readFileSync(join(root, path), 'utf8'))
      .flatMap((lock) => Array.from(lock.matchAll(/"resolved": "https?:\/\/([^/"]+)/g), (match) => match[1]))
    expect([...new Set(hosts)].filter((host) => host !== 'registry.npmjs.org')).toEqual([])
  })
})
