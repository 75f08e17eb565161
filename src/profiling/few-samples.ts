/** With so many a share is off by less than ten points in 95 of 100 profiles. */
const enough = 100

/**
 * What to say of a profile with few samples on the CPU: by how much a share of one half may be off, which is the most
 * uncertain (half the width of its 95 % interval, by the normal approximation of the binomial distribution). Samples
 * of one long call are not independent, so it is more where calls are long.
 * @returns nothing where there are enough, or none at all
 */
export function caveatOfFewSamples(onCpu: number): readonly string[] {
  if (onCpu === 0 || onCpu >= enough) return []
  const points = Math.ceil((100 * 1.96 * 0.5) / Math.sqrt(onCpu))
  const samples = onCpu === 1 ? '1 sample' : `${onCpu} samples`
  return [
    `only ${samples} fell on the CPU: a share may be off by ${points} points. Profile for longer, or under more load`,
  ]
}
