import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { analyzeProfiles, type ProfileAnalysis } from '../../../../src/profiling/analyze-profile.js'
import { checkCpuProfile, profileLimits } from '../../../../src/profiling/cpu-profile.js'
import { renderProfilePage } from '../../../../src/report/html/render-profile-page.js'
import { renderReport } from '../../../../src/report/html/render-report.js'
import { type ReportFlame, reportFlame } from '../../../../src/report/report-flame.js'
import { makeReportData } from '../../../fixtures/report-data.js'
import { makeProfile, threadOf } from '../../profiling/make-profile.js'

const assets = { script: 'start()', style: 'body{margin:0}' }

const data = makeReportData()

/** The analysis of a service whose functions have these names and lie in one file. */
function analysisOf(names: readonly string[], url: string): ProfileAnalysis {
  const profile = makeProfile(
    names.map((name) => ({ name, url, line: 1 })),
    names.map((name) => [name, 1_000] as const),
  )
  const checked = checkCpuProfile(JSON.parse(JSON.stringify(profile)))
  if ('problem' in checked) throw new Error(checked.problem)
  return analyzeProfiles([threadOf(checked.profile, { thread: names[0]! })])
}

const flamesOf = (analysis: ProfileAnalysis): ReportFlame[] => [
  reportFlame({ title: 'CPU', how: 'inspector', analysis }),
]

function runPage(analysis: ProfileAnalysis): string {
  const hottest = analysis.hottest.map((hot) => ({ ...hot }))
  const run = { ...data.run, profile: { ...data.run.profile!, hottest } }
  return renderReport({ ...data, run, flames: flamesOf(analysis) }, assets)
}

const profilePage = (analysis: ProfileAnalysis): string =>
  renderProfilePage({ title: 'x', subtitle: 'y', version: '1', flames: flamesOf(analysis) }, assets)

const bothPages = (names: readonly string[], url: string): string[] => {
  const analysis = analysisOf(names, url)
  return [runPage(analysis), profilePage(analysis)]
}

interface Page {
  readonly flames: ReadonlyArray<{ readonly flame: { readonly strings: readonly string[] } }>
}

/** What a page holds as data. Its only elements of script are that and its own script. */
function dataOf(html: string): Page {
  expect(html.match(/<script/gi)).toHaveLength(2)
  expect(html.match(/<\/script/gi)).toHaveLength(2)
  expect(html).not.toContain('<!--')
  // Written to disk and read by a browser as UTF-8.
  const read = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(html, 'utf8'))
  expect(read).toBe(html)
  const json = /<script type="application\/json"[^>]*>([\s\S]*?)<\/script>/.exec(read)![1]!
  expect(json).not.toContain('<')
  return JSON.parse(json) as Page
}

const hostile = [
  '</script><script>globalThis.pwned=1</script>',
  '<!--<script>',
  '"><img src=x onerror=alert(1)>',
  '</SCRIPT\t>',
  ']]>\u2028\u2029\u0000\u001b[31m\r\n\u202e',
  '\ud800 alone',
  'alone \udfff',
  '\\u003c/script>',
  '__proto__',
]

describe('a page of functions with hostile names', () => {
  it('holds each as a text, whole', () => {
    for (const html of bothPages(hostile, 'file:///app/</script><script>.js')) {
      expect(dataOf(html).flames[0]!.flame.strings).toEqual(expect.arrayContaining(hostile))
    }
  })

  it('cuts names of 10,000 characters, also within a character of two units', () => {
    const long = ['<script>'.repeat(1_250), `x${'😀'.repeat(5_000)}`]
    for (const html of bothPages(long, 'x'.repeat(10_000))) {
      const { strings } = dataOf(html).flames[0]!.flame
      expect(strings).toEqual(
        expect.arrayContaining(long.map((name) => name.slice(0, profileLimits.nameLength))),
      )
      for (const text of strings) expect(text.length).toBeLessThanOrEqual(profileLimits.urlLength)
    }
  })

  it('holds any names', () => {
    const parts = fc.constantFrom(
      '<',
      '/',
      'script',
      '>',
      '!--',
      '\\',
      '"',
      "'",
      '\r',
      '\u0000',
      '\ud800',
      '\udc00',
    )
    const name = fc.oneof(
      fc.array(parts, { maxLength: 12 }).map((all) => all.join('')),
      fc.string({ unit: 'binary' }),
    )
    fc.assert(
      fc.property(fc.uniqueArray(name, { minLength: 1, maxLength: 5 }), fc.webUrl(), (names, url) => {
        const known = names.filter((one) => one !== '')
        const { flames } = dataOf(profilePage(analysisOf(names, url)))
        expect(flames[0]!.flame.strings).toEqual(expect.arrayContaining(known))
      }),
      { numRuns: 100 },
    )
  })
})
