import { answerOf } from '../answer.js'
import type { ReportData } from '../report-data.js'
import type { Verdict } from '../run-json.js'
import { binTimeline } from './bin-timeline.js'
import type { Against } from './page-data.js'
import { type PageAssets, renderPage } from './page-shell.js'

export { loadPageAssets, type PageAssets } from './page-shell.js'

const iconColors: Readonly<Record<Verdict, string>> = {
  pass: '#0d8a59',
  fail: '#d1362a',
  inconclusive: '#a36a00',
  invalid: '#a36a00',
  exploratory: '#3b74d1',
}

/**
 * The HTML report as one file.
 * @param against another run, whose profile the page sets against this run's
 */
export function renderReport(data: ReportData, assets: PageAssets, against: Against | null = null): string {
  const answer = answerOf(data.run)
  const { points, secondsPerPoint } = binTimeline(data.timeline)
  return renderPage(
    {
      title: `${answer.word}: ${data.run.name}${against ? ` against ${against.name}` : ''} · Plimsoll`,
      noScript: `${answer.word}. ${answer.headline}`,
      iconColor: iconColors[answer.verdict],
      content: { kind: 'run', ...data, timeline: points, secondsPerPoint, against },
    },
    assets,
  )
}
