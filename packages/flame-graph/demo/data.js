const categories = ['business-logic', 'serialization', 'transport', 'crypto', 'database-driver']

/** Deterministic noise, 0 … 1. */
function randomFrom(seed) {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

/** How `count` nodes hang together: the parent of node `i`, which is one before it. */
const shapes = {
  bushy: (random) => (i) => Math.max(0, Math.floor(i * (0.2 + 0.8 * random())) - 1),
  /** Calls that mostly go on calling, up to 90 deep, as busy servers have them. */
  calls: (random) => {
    const depth = [0]
    return (i) => {
      const goesOn = random() < 0.9 && depth[i - 1] < 90
      const above = goesOn ? i - 1 : Math.floor(random() ** 2 * i)
      depth[i] = depth[above] + 1
      return above
    }
  },
  /** Stacks of equal height, side by side. */
  stacks: (height) => () => (i) => ((i - 1) % height === 0 ? 0 : i - 1),
}

/** A tree of `count` nodes over a second of samples. */
function make(count, shape) {
  const random = randomFrom(7)
  const parentOf = shape(random)
  const parent = Int32Array.from({ length: count }, (_, i) => (i === 0 ? -1 : parentOf(i)))
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

const kinds = {
  small: () => make(60, shapes.bushy),
  /** 100,000 nodes. */
  large: () => make(100_000, shapes.calls),
  /** 2,000 stacks of 50 frames: as many boxes as a screen has pixels. */
  comb: () => make(100_001, shapes.stacks(50)),
  /** One stack of 10,000. */
  deep: () => make(10_001, shapes.stacks(10_000)),
  /** Ten of them. */
  deepest: () => make(100_001, shapes.stacks(10_000)),
}

/** @param kind one of the names above */
export const demoData = (kind) => kinds[kind]()
