const categories = ['business-logic', 'serialization', 'transport', 'crypto', 'database-driver']

/** Deterministic noise, 0 … 1. */
function randomFrom(seed) {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

/** A tree of `count` nodes over a second of samples; `deep` hangs each node below the one before. */
function make(count, deep) {
  const random = randomFrom(7)
  const parent = Int32Array.from({ length: count }, (_, i) =>
    i === 0 ? -1 : deep ? i - 1 : Math.max(0, Math.floor(i * (0.2 + 0.8 * random())) - 1),
  )
  const self = Float64Array.from({ length: count }, (_, i) => (i === 0 ? 0 : 1 + Math.floor(random() * 20)))
  const whole = self.reduce((a, b) => a + b, 0)
  const order = Int32Array.from({ length: count }, (_, i) => i)
  return {
    unit: 'us',
    frames: Array.from({ length: count }, (_, i) => ({
      name: i === 0 ? 'all' : i === 1 ? '<b id="injected">bold</b>' : `function${i}`,
      file: i === 0 ? '' : `src/file${i % 40}.js`,
      line: i === 0 ? 0 : 1 + (i % 300),
      category: categories[i % categories.length],
    })),
    frame: order,
    parent,
    self,
    streams: [{ name: 'main', startUs: 0, node: order, us: self.map((us) => (us / whole) * 1_000_000) }],
  }
}

/** @param kind `small`, `large` (100,000 nodes) or `deep` (a stack of 10,000) */
export function demoData(kind) {
  if (kind === 'large') return make(100_000, false)
  if (kind === 'deep') return make(10_001, true)
  return make(60, false)
}
