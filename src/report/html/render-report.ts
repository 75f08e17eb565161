import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { answerOf } from '../answer.js'
import type { ReportData, Verdict } from '../run-json.js'
import { binTimeline } from './bin-timeline.js'
import { flattenFlame } from './flat-flame.js'
import { dataElementId, type PageData } from './page-data.js'

/** The page's bundled script and stylesheet. */
export interface PageAssets {
  readonly script: string
  readonly style: string
}

/**
 * Reads the bundle that the build leaves beside this module.
 * @throws an error of node:fs where the package was not built
 */
export function loadPageAssets(): PageAssets {
  return {
    script: readFileSync(new URL('./page.js.txt', import.meta.url), 'utf8'),
    style: readFileSync(new URL('./page.css', import.meta.url), 'utf8'),
  }
}

/**
 * The HTML report as one file. It works offline: its policy lets nothing but its own script and stylesheet run, and
 * no request leave. What came from the target lies in a JSON element and reaches the page as text only.
 */
export function renderReport(data: ReportData, assets: PageAssets): string {
  const script = oneNewline(assets.script)
    .replaceAll(/<\/(script)/gi, '<\\/$1')
    .replaceAll('<!--', '\\x3c!--')
  const style = oneNewline(assets.style).replaceAll(/<\/(style)/gi, '<\\/$1')
  const policy = [
    "default-src 'none'",
    `script-src '${sha256(script)}'`,
    `style-src '${sha256(style)}'`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ')
  const answer = answerOf(data.run)
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${escapeHtml(`${answer.word}: ${data.run.name} · Plimsoll`)}</title>
<link rel="icon" href="${icon(answer.verdict)}">
<style>${style}</style>
</head>
<body>
<noscript><p>${escapeHtml(`${answer.word}. ${answer.headline}`)} Charts and tables need JavaScript.</p></noscript>
<script type="application/json" id="${dataElementId}">${toInlineJson(data)}</script>
<script>${script}</script>
</body>
</html>
`
}

const iconColors: Readonly<Record<Verdict, string>> = {
  pass: '#0d8a59',
  fail: '#d1362a',
  inconclusive: '#a36a00',
  invalid: '#a36a00',
  exploratory: '#3b74d1',
}

/** The load line in the colour of the verdict, to find the tab by. */
function icon(verdict: Verdict): string {
  const drawing = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" stroke="${iconColors[verdict]}" stroke-width="2.6"><circle cx="12" cy="12" r="7.5"/><path d="M1 12h22"/></svg>`
  return `data:image/svg+xml,${encodeURIComponent(drawing)}`
}

/** JSON that cannot end its script element: every `<` is written as an escape. */
function toInlineJson(data: ReportData): string {
  const { points, secondsPerPoint } = binTimeline(data.timeline)
  const page: PageData = {
    ...data,
    timeline: points,
    secondsPerPoint,
    flame: data.flame === null ? null : flattenFlame(data.flame),
  }
  return JSON.stringify(page).replaceAll('<', '\\u003c')
}

/** HTML turns every line end into `\n` before it hashes; so do we. */
const oneNewline = (text: string): string => text.replaceAll(/\r\n?/g, '\n')

const sha256 = (text: string): string => `sha256-${createHash('sha256').update(text).digest('base64')}`

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}
const escapeHtml = (text: string): string => text.replaceAll(/[&<>"']/g, (character) => entities[character]!)
