import 'uplot/dist/uPlot.min.css'
import './styles.css'
import { dataElementId, type PageData } from '../page-data.js'
import { createTimeline } from './charts/timeline.js'
import { el, section, svg } from './dom.js'
import type { FlameGraph } from './flame-graph/flame-graph.js'
import { answerSection } from './sections/answer.js'
import { detailsSection } from './sections/details.js'
import { diagnosisSection, exemplarsSection, generatorSection } from './sections/evidence.js'
import { flameSection } from './sections/flame.js'
import { latencySection, meanSection } from './sections/latency.js'
import { objectivesSection } from './sections/objectives.js'
import { watchTheme } from './theme.js'

/** Reads the data, builds the page in the order answer, evidence, details, and brings the charts to life. */
function start(): void {
  const source = document.getElementById(dataElementId)?.textContent
  if (source === null || source === undefined) return
  const data = JSON.parse(source) as PageData
  watchTheme()
  const latency = latencySection(data)
  const timeline = createTimeline(data.timeline, data.run.load.model === 'open')
  const flame = flameSection(data)
  const sections = [
    objectivesSection(data.run),
    latency.element,
    data.timeline.length > 0
      ? section(
          'timeline',
          'Second by second',
          'Shaded: the warm-up, which is cut off, and the profiled window, which the objectives leave out.',
          timeline.element,
        )
      : null,
    flame.element,
    diagnosisSection(data.run),
    meanSection(data.run),
    exemplarsSection(data.exemplars),
    generatorSection(data.run),
    detailsSection(data.run),
  ].filter((part) => part !== null)
  document.body.append(masthead(data, sections), el('main', null, answerSection(data.run), ...sections))
  latency.chart?.mount()
  if (data.timeline.length > 0) timeline.mount()
  if (flame.graph) followWidth(flame.graph)
}

function masthead(data: PageData, sections: readonly HTMLElement[]): HTMLElement {
  return el(
    'header',
    { class: 'masthead' },
    el(
      'div',
      { class: 'masthead-inner' },
      el('a', { href: '#answer', class: 'brand' }, plimsollMark(), el('span', null, 'Plimsoll')),
      el('span', { class: 'run-name' }, data.run.name),
      el(
        'nav',
        { 'aria-label': 'Sections' },
        ...sections
          .filter((part) => part.id in navigation)
          .map((part) => el('a', { href: `#${part.id}` }, navigation[part.id]!)),
      ),
    ),
  )
}

const navigation: Readonly<Record<string, string>> = {
  objectives: 'Objectives',
  latency: 'Latency',
  timeline: 'Time line',
  flame: 'CPU',
  diagnosis: 'Diagnosis',
  generator: 'Trust',
  details: 'Details',
}

/** The load line on a hull: a ring, and a line through it. */
function plimsollMark(): SVGElement {
  return svg(
    'svg',
    { viewBox: '0 0 24 24', width: 20, height: 20, 'aria-hidden': 'true', class: 'mark' },
    svg('circle', { cx: 12, cy: 12, r: 7.5 }),
    svg('path', { d: 'M1 12h22' }),
  )
}

function followWidth(graph: FlameGraph): void {
  graph.resize()
  let width = graph.element.clientWidth
  new ResizeObserver(() => {
    if (graph.element.clientWidth === width) return
    width = graph.element.clientWidth
    graph.resize()
  }).observe(graph.element)
}

start()
