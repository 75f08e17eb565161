import { formatShare } from '../kernel/units.js'

/** What rounds to less than one per cent is left out, but for `unattributed`. */
const smallest = 0.005

/** What on-CPU time went into, the most first: `serialization 79 % · transport 13.4 % · unattributed 3.44 %`. */
export function categoriesPhrase(profile: {
  readonly categories: Readonly<Record<string, number>>
  readonly unattributed: number
}): string {
  const shares: Array<readonly [name: string, share: number]> = [
    ...Object.entries(profile.categories),
    ['unattributed', profile.unattributed],
  ]
  if (shares.every(([, share]) => share === 0)) return 'nothing ran'
  return shares
    .filter(([name, share]) => share >= smallest || name === 'unattributed')
    .sort(([, a], [, b]) => b - a)
    .map(([name, share]) => `${name} ${formatShare(share)}`)
    .join(' · ')
}
