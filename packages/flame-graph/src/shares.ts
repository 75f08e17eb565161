import { type CallTree, type Weights, weightOf } from './data.js'

export interface CategoryShare {
  readonly category: string
  /** Of the whole graph, 0 … 1. */
  readonly share: number
}

/** What the frames of each category hold themselves, the largest first; categories without any are left out. */
export function sharesByCategory(calls: CallTree, weights: Weights): CategoryShare[] {
  const held = new Map<string, number>()
  let whole = 0
  for (let i = 0; i < calls.frame.length; i++) {
    const weight = weightOf(weights[i])
    if (weight === 0) continue
    const { category } = calls.frames[calls.frame[i]!]!
    held.set(category, (held.get(category) ?? 0) + weight)
    whole += weight
  }
  return [...held]
    .map(([category, weight]) => ({ category, share: weight / whole }))
    .sort((a, b) => b.share - a.share || (a.category < b.category ? -1 : 1))
}
