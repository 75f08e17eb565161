import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Campaign } from '../../fuzz/campaign.js'
import { deflateDifferenceIds } from '../../fuzz/deflate-differences.js'
import { frameDifferenceIds } from '../../fuzz/frame-target.js'
import { handshakeDifferenceIds } from '../../fuzz/handshake-differences.js'
import { httpDifferenceIds } from '../../fuzz/http-differences.js'
import { campaigns } from '../../fuzz/run.js'
import { root } from '../../integration/labs/lab-process.js'

const inputs = 24_000

describe('parsers of what servers send', () => {
  it.each(campaigns.map(({ target, share }) => [target.name, target.oracleName, target, share] as const))(
    '%s: mutated inputs are read alike whole and cut, and as %s reads them',
    async (_name, _oracle, target, share) => {
      const result = await new Campaign(target, {
        inputs: Math.ceil(inputs * share),
        seed: 20_260_517,
        compareEvery: 2,
      }).run()
      expect(result.findings).toEqual([])
      expect(result.corpus).toBeGreaterThan(10)
      expect(result.bothAccept).toBeGreaterThan(result.compared / 25)
      expect(result.bothRefuse).toBeGreaterThan(result.compared / 25)
    },
  )
})

describe('docs/parser-differences.md', () => {
  it('explains every difference that the rules know, and no other', () => {
    const text = readFileSync(join(root, 'docs/parser-differences.md'), 'utf8')
    const explained = Array.from(text.matchAll(/^\| `([a-z0-9-]+)` \|/gm), (match) => match[1]!)
    const known = [
      ...frameDifferenceIds,
      ...deflateDifferenceIds,
      ...handshakeDifferenceIds,
      ...httpDifferenceIds,
    ]
    expect(explained.toSorted()).toEqual([...new Set(known)].toSorted())
  })
})
