/**
 * How load is split over workers: by arithmetic, so that the shares recompose the whole exactly. Connection `c` of
 * `C` belongs to worker `c mod N`, and message `k` is due on connection `k mod C`: round robin.
 */
export interface Share {
  readonly worker: number
  readonly workers: number
  /** Connections of the whole run. */
  readonly connections: number
}

/** Connections of this worker. */
export const ownConnections = (share: Share): number =>
  Math.max(0, Math.ceil((share.connections - share.worker) / share.workers))

/** The number within the whole run of this worker's connection `local`. */
export const globalConnection = (share: Share, local: number): number => local * share.workers + share.worker

/** More workers than connections would leave some without work. */
export const usefulWorkers = (workers: number, connections: number): number =>
  Math.max(1, Math.min(workers, connections))
