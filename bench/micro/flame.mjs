// Runs in the page of the row `flame`: moves about in a large flame graph and times the frames of the browser.
import { demoData } from '../../packages/flame-graph/demo/data.js'
import { FlameGraph } from '../../packages/flame-graph/src/index.ts'

let graph = null
/** Frames of some width, for the glides. */
let wide = []

const wheel = (init) => {
  const canvas = document.querySelector('.flame-scroll canvas')
  const { left, width, top } = canvas.getBoundingClientRect()
  canvas.dispatchEvent(
    new WheelEvent('wheel', { clientX: left + width * 0.4, clientY: top + 100, cancelable: true, ...init }),
  )
}

/** Each moves a little before every frame; `turn` counts the frames. */
const motions = {
  nothing: () => {},
  /** Sideways by the wheel, at a width of 4 screens. */
  pan: (turn) => {
    if (turn === 0) for (let i = 0; i < 10; i++) wheel({ ctrlKey: true, deltaY: -35 })
    wheel({ deltaX: turn % 240 < 120 ? 40 : -40 })
  },
  /** To the 300th part and back, by the wheel. */
  zoom: (turn) => wheel({ ctrlKey: true, deltaY: turn % 240 < 120 ? -12 : 12 }),
  /** The animation from one frame of the graph to another, begun again as soon as it has ended. */
  glide: (turn) => {
    if (turn % 12 !== 0) return
    if (turn % 24 === 0) graph.zoomTo(wide[(turn * 7) % wide.length])
    else graph.reset()
  },
  /** Up and down the stacks. */
  scroll: (turn) => {
    const box = document.querySelector('.flame-scroll')
    box.scrollTop = ((1 - Math.cos(turn / 60)) / 2) * (box.scrollHeight - box.clientHeight)
  },
}

/** Puts a graph on the page; null for an empty page. */
globalThis.show = (kind) => {
  graph?.dispose()
  graph = kind === null ? null : new FlameGraph(demoData(kind), { maxHeightPx: 800 })
  if (!graph) return
  document.body.append(graph.element)
  const { left, right } = graph.layout
  const widthOf = (i) => right[i] - left[i]
  wide = [...left.keys()]
    .filter((i) => widthOf(i) < 0.9)
    .sort((a, b) => widthOf(b) - widthOf(a))
    .slice(0, 200)
}

/** Times between frames in ms, while the graph is moved. */
globalThis.frameTimes = (motion, search, forMs) =>
  new Promise((resolve) => {
    graph?.reset()
    graph?.search(search)
    const times = []
    let turn = 0
    let last = 0
    const begun = performance.now()
    const step = (now) => {
      // What went before the first motion is not its own.
      if (turn > 2) times.push(now - last)
      last = now
      if (now - begun > forMs) return resolve(times)
      motions[motion](turn++)
      requestAnimationFrame(step)
    }
    requestAnimationFrame(step)
  })
