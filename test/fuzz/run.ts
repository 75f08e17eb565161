import { Campaign, type CampaignResult } from './campaign.js'
import { deflateTarget } from './deflate-target.js'
import { frameTarget } from './frame-target.js'
import { handshakeTarget } from './handshake-target.js'
import { responseTarget } from './response-target.js'
import type { Target } from './target.js'

/**
 * All parsers that read what a server sends, with the share of the inputs that each gets: by how fast it and its
 * oracle are, so that none takes most of the time.
 */
export const campaigns: ReadonlyArray<{
  readonly target: Target
  readonly share: number
  readonly compareEvery: number
}> = [
  { target: frameTarget, share: 0.45, compareEvery: 1 },
  { target: responseTarget, share: 0.36, compareEvery: 2 },
  { target: handshakeTarget, share: 0.15, compareEvery: 2 },
  { target: deflateTarget, share: 0.04, compareEvery: 1 },
]

/** Feeds each parser its share of the inputs; tells of each when it is done. */
export async function fuzz(
  inputs: number,
  seed: number,
  told: (name: string, oracle: string, result: CampaignResult, seconds: number) => void,
): Promise<void> {
  for (const { target, share, compareEvery } of campaigns) {
    const startedMs = performance.now()
    const result = await new Campaign(target, { inputs: Math.ceil(inputs * share), seed, compareEvery }).run()
    told(target.name, target.oracleName, result, (performance.now() - startedMs) / 1_000)
  }
}
