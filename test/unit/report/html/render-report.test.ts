import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { renderReport } from '../../../../src/report/html/render-report.js'
import { hostile, makeReportData } from '../../../fixtures/report-data.js'

const assets = { script: 'start()', style: 'body{margin:0}' }
const contentsOf = (html: string, tag: string): string[] =>
  [...html.matchAll(new RegExp(`<${tag}[^>]*>([\\s\\S]*?)</${tag}>`, 'g'))].map((match) => match[1]!)

describe('renderReport', () => {
  it('keeps hostile texts inside the JSON element, whole', () => {
    const data = makeReportData({ hostileTexts: true })
    const html = renderReport(data, assets)
    const [json, script, ...more] = contentsOf(html, 'script')
    expect(more).toEqual([])
    expect(script).toBe('start()')
    expect(json).not.toContain('<')
    const page = JSON.parse(json!)
    expect(page.run).toEqual(JSON.parse(JSON.stringify(data.run)))
    expect(page.flames[0].flame.strings).toContain(hostile.functionName)
  })

  it('escapes the run name in the title', () => {
    const html = renderReport(makeReportData({ hostileTexts: true }), assets)
    expect(contentsOf(html, 'title')).toEqual([
      'Pass: &lt;title&gt;&#39;&quot;&lt;/title&gt;&lt;svg onload=globalThis.pwned=3&gt; · Plimsoll',
    ])
    expect(html).not.toContain('<svg')
  })

  it('allows its own script and stylesheet, and no request', () => {
    const html = renderReport(makeReportData(), { script: 'a\r\nb</script><!--', style: 'p{}</style>' })
    const policy = /Content-Security-Policy" content="([^"]+)"/.exec(html)![1]!
    const hash = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain(`script-src ${hash(contentsOf(html, 'script')[1]!)};`)
    expect(policy).toContain(`style-src ${hash(contentsOf(html, 'style')[0]!)};`)
    expect(policy).not.toMatch(/unsafe|https?:|\*/)
    expect(contentsOf(html, 'script')[1]).toBe('a\nb<\\/script>\\x3c!--')
    expect(html).not.toMatch(/(?:src|href)="(?!data:)/)
  })
})

describe('the page’s own code', () => {
  it('has no way to turn a text into HTML or code', () => {
    const folder = fileURLToPath(new URL('../../../../src/report/html/page', import.meta.url))
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
      file.endsWith('.ts'),
    )
    expect(files.length).toBeGreaterThan(15)
    for (const file of files) {
      const source = readFileSync(`${folder}/${file}`, 'utf8')
      expect(source, file).not.toMatch(
        /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|fetch\(|https?:\/\/(?!www\.w3\.org)/,
      )
    }
  })
})
