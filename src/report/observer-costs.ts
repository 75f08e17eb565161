import { formatShare } from '../kernel/units.js'
import type { ObserverCostJson } from './profile-schema.js'

type Change = ObserverCostJson['cpuPerReply']

/** Collectors as readers know them. */
export const collectorNames: Readonly<Record<string, string>> = {
  'cpu-profile': 'CPU profile',
  runtime: 'GC and event loop',
  proc: '/proc',
}

/** True where the interval holds no change at all. */
export const isNoise = ({ interval: [low, high] }: Change): boolean => low <= 0 && high >= 0

/** `6.1 % (2.3 … 10 %)`: the change, and its interval. */
export const formatChange = ({ value, interval: [low, high] }: Change): string =>
  `${formatShare(value)} (${formatShare(low).replace(' %', '')} … ${formatShare(high)})`
