import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { dataElementId, type PageContent } from './page-data.js'

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

export interface Shell {
  /** Plain texts. */
  readonly title: string
  readonly noScript: string
  /** As CSS writes it. */
  readonly iconColor: string
  readonly content: PageContent
}

/**
 * A page as one file. It works offline: its policy lets nothing but its own script and stylesheet run, and no
 * request leave. What came from the target lies in a JSON element and reaches the page as text only.
 */
export function renderPage({ title, noScript, iconColor, content }: Shell, assets: PageAssets): string {
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
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${escapeHtml(title)}</title>
<link rel="icon" href="${icon(iconColor)}">
<style>${style}</style>
</head>
<body>
<noscript><p>${escapeHtml(noScript)} Charts and tables need JavaScript.</p></noscript>
<script type="application/json" id="${dataElementId}">${toInlineJson(content)}</script>
<script>${script}</script>
</body>
</html>
`
}

/** The load line, to find the tab by. */
function icon(iconColor: string): string {
  const drawing = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" stroke="${iconColor}" stroke-width="2.6"><circle cx="12" cy="12" r="7.5"/><path d="M1 12h22"/></svg>`
  return `data:image/svg+xml,${encodeURIComponent(drawing)}`
}

/** JSON that cannot end its script element: every `<` is written as an escape. */
const toInlineJson = (content: PageContent): string => JSON.stringify(content).replaceAll('<', '\\u003c')

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
