/** What `plimsoll profile` can write. */
export const profileOutputs = ['html', 'cpuprofile', 'speedscope', 'collapsed', 'pprof'] as const
export type ProfileOutput = (typeof profileOutputs)[number]
/** What it can look at. */
export const profileKindNames = ['cpu', 'heap', 'kernel'] as const
