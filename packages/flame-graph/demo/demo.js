import { FlameGraph, FlameLegend, weigh } from '../dist/index.js'
import { demoData } from './data.js'

const kind = new URLSearchParams(location.search).get('data') ?? 'small'
const data = demoData(kind)
const graph = new FlameGraph(data)
document.getElementById('graph').append(new FlameLegend(graph).element, graph.element)

document.getElementById('search').addEventListener('input', (event) => graph.search(event.target.value))

const toggle = (id, apply) =>
  document.getElementById(id).addEventListener('click', ({ target }) => {
    const pressed = target.getAttribute('aria-pressed') !== 'true'
    target.setAttribute('aria-pressed', String(pressed))
    apply(pressed)
  })
toggle('callers', (on) => graph.setMode(on ? 'callers' : 'callees'))
toggle('second', (on) =>
  graph.compare(
    on
      ? {
          before: weigh(data, [{ fromUs: 0, toUs: 500_000 }]),
          after: weigh(data, [{ fromUs: 500_000, toUs: 1_000_000 }]),
        }
      : null,
  ),
)
// For tests and measurements.
globalThis.flameGraph = graph
