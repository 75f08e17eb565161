import 'uplot/dist/uPlot.min.css'
import './styles/all.css'
import type { FlameGraph } from '../../../../packages/flame-graph/src/flame-graph.js'
import { dataElementId, type PageData } from '../page-data.js'
import { contents } from './contents.js'
import { el, svg } from './dom.js'
import { answerSection } from './sections/answer.js'
import { connectionsSection } from './sections/connections.js'
import { detailsSection, repeatSection } from './sections/details.js'
import { diagnosisSection } from './sections/diagnosis.js'
import { exemplarsSection } from './sections/exemplars.js'
import { flameSection } from './sections/flame.js'
import { generatorSection } from './sections/generator.js'
import { latencySection } from './sections/latency.js'
import { objectivesSection } from './sections/objectives.js'
import { sessionsSection } from './sections/sessions.js'
import { timelineSection } from './sections/timeline.js'
import { onPaperWidth, watchTheme } from './theme.js'

/** Reads the data, builds the page in the order answer, evidence, details, and brings the charts to life. */
function start(): void {
  const source = document.getElementById(dataElementId)?.textContent
  if (source === null || source === undefined) return
  const data = JSON.parse(source) as PageData
  const { run } = data
  watchTheme()
  const latency = latencySection(data)
  const overTime = timelineSection(data)
  const flame = flameSection(data)
  const sections = [
    objectivesSection(run),
    latency.element,
    sessionsSection(run),
    overTime?.element ?? null,
    flame.element,
    diagnosisSection(run),
    exemplarsSection(data.exemplars),
    connectionsSection(run),
    generatorSection(run),
    repeatSection(run),
    detailsSection(run),
  ].filter((part) => part !== null)
  const main = el('main', null, answerSection(run), ...sections)
  document.body.append(masthead(run.name, sections), main, footer(run))
  latency.chart?.mount()
  overTime?.timeline.mount()
  if (flame.graph) followWidth(flame.graph)
  performance.mark('plimsoll-ready')
}

const sectionNames: Readonly<Record<string, string>> = {
  objectives: 'Objectives',
  latency: 'Latency',
  sessions: 'Users',
  timeline: 'Time line',
  flame: 'CPU',
  diagnosis: 'Diagnosis',
  slowest: 'Messages',
  connections: 'Connections',
  generator: 'Trust',
  details: 'Details',
}

function masthead(runName: string, sections: readonly HTMLElement[]): HTMLElement {
  return el(
    'header',
    { class: 'masthead' },
    el('a', { href: '#answer', class: 'skip' }, 'Skip to the answer'),
    el(
      'div',
      { class: 'masthead-inner' },
      el('a', { href: '#answer', class: 'brand' }, plimsollMark(), el('span', null, 'Plimsoll')),
      el('span', { class: 'run-name' }, runName),
      contents(sections, sectionNames),
    ),
  )
}

const footer = (run: PageData['run']): HTMLElement =>
  el(
    'footer',
    { class: 'footer' },
    `Plimsoll ${run.tool.version} · ${run.id} · This file holds all that it shows and works offline.`,
  )

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
  onPaperWidth((widthPx) => graph.resize(widthPx ?? graph.element.clientWidth))
}

start()
