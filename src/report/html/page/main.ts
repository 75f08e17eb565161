import 'uplot/dist/uPlot.min.css'
import './styles/all.css'
import { dataElementId, type PageContent, type PageData, type ProfilePage } from '../page-data.js'
import type { Timeline } from './charts/timeline.js'
import { contents } from './contents.js'
import { el, svg } from './dom.js'
import { answerSection } from './sections/answer.js'
import { connectionsSection } from './sections/connections.js'
import { detailsSection, repeatSection } from './sections/details.js'
import { diagnosisSection } from './sections/diagnosis.js'
import { exemplarsSection } from './sections/exemplars.js'
import { type FlameSection, flameSection } from './sections/flame.js'
import { generatorSection } from './sections/generator.js'
import { latencySection } from './sections/latency.js'
import { objectivesSection } from './sections/objectives.js'
import { profileSections } from './sections/profile.js'
import { sessionsSection } from './sections/sessions.js'
import { timelineSection } from './sections/timeline.js'
import { onPaperWidth, watchTheme } from './theme.js'

/** Reads the data, builds the page in the order answer, evidence, details, and brings the charts to life. */
function start(): void {
  const source = document.getElementById(dataElementId)?.textContent
  if (source === null || source === undefined) return
  const content = JSON.parse(source) as PageContent
  watchTheme()
  if (content.kind === 'run') showRun(content)
  else showProfile(content)
  performance.mark('plimsoll-ready')
}

function showRun(data: PageData): void {
  const { run } = data
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
  document.body.append(masthead(run.name, sections), main, footer(run.tool.version, run.id))
  latency.chart?.mount()
  overTime?.timeline.mount()
  followWidth(flame)
  if (overTime) joinTime(overTime.timeline, flame, run.clock.monotonicUs)
}

function showProfile(page: ProfilePage): void {
  const { elements, flame } = profileSections(page)
  const main = el('main', null, ...elements)
  document.body.append(masthead(page.title, elements), main, footer(page.version, page.title))
  followWidth(flame)
}

/** The brush of the flame graph is the zoom of the time line, where they meet; and is marked in it. */
function joinTime(timeline: Timeline, { panels }: FlameSection, originUs: number): void {
  const brushes = panels.map(({ brush }) => brush).filter((brush) => brush !== null)
  timeline.onZoom((zoom) => {
    for (const brush of brushes) {
      if (zoom === null) brush.clear()
      else brush.choose(originUs + zoom.from * 1e6, originUs + zoom.to * 1e6)
    }
  })
  const seconds = (us: number): number => (us - originUs) / 1e6
  for (const brush of brushes) {
    brush.onChange((chosen) =>
      timeline.mark(chosen && { from: seconds(chosen.fromUs), to: seconds(chosen.toUs) }),
    )
  }
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

const footer = (version: string, what: string): HTMLElement =>
  el(
    'footer',
    { class: 'footer' },
    `Plimsoll ${version} · ${what} · This file holds all that it shows and works offline.`,
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

function followWidth({ element, panels }: FlameSection): void {
  const adapt = (widthPx?: number): void => {
    for (const panel of panels) panel.resize(widthPx)
  }
  let width = element.clientWidth
  adapt()
  new ResizeObserver(() => {
    if (element.clientWidth === width) return
    width = element.clientWidth
    adapt()
  }).observe(element)
  onPaperWidth((widthPx) => adapt(widthPx ?? undefined))
}

start()
