import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import type { ReportData } from '../../../src/report/report-data.js'
import { makeFlame, makeReportData } from '../../fixtures/report-data.js'
import { command, stackTrace, temporaryFolder } from '../support/command.js'

/** Leaves the files of a run behind that `plimsoll report` reads. */
function keep(folder: string, { run, curves, heatMap, exemplars, flames, slow }: ReportData): void {
  mkdirSync(folder)
  const lines = (rows: readonly unknown[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join('')
  writeFileSync(join(folder, 'run.json'), JSON.stringify(run))
  writeFileSync(join(folder, 'exemplars.ndjson'), lines(exemplars))
  writeFileSync(join(folder, 'report-data.json'), JSON.stringify({ curves, heatMap, flames, slow }))
}

/** What the page of a file finds in its JSON element. */
const pageOf = (file: string) =>
  JSON.parse(/<script type="application\/json"[^>]*>(.*?)<\/script>/s.exec(readFileSync(file, 'utf8'))![1]!)

let home: string
const folder = (name: string): string => join(home, name)
beforeAll(() => {
  home = temporaryFolder()
  const data = makeReportData()
  keep(folder('after'), data)
  const load = { ...data.run.load, model: 'closed' as const, achievedRate: 100 }
  keep(folder('before'), { ...data, run: { ...data.run, name: 'before', load } })
  keep(folder('none'), makeReportData({ profile: false }))
})

describe('plimsoll report --against', () => {
  it('writes the report with the profile of the other run, and says where they differ', async () => {
    const { out, code } = await command(['report', folder('after'), '--against', folder('before')])
    const file = join(folder('after'), 'report.html')
    expect(out).toBe(`Report   ${file}\n`)
    expect(code).toBe(0)
    const { kind, run, against } = pageOf(file)
    expect([kind, run.name, against.name, against.ownName]).toEqual(['run', 'chat', 'before', 'chat'])
    expect(against.flames).toEqual(makeReportData().flames)
    expect(against.notes.join(' ')).toMatch(/closed model.*only the shares are.*answered 100 a second/)
  })

  it('tells two runs of one name apart, in the file that was named', async () => {
    const output = join(home, 'twice.html')
    const args = ['report', folder('after'), '--against', folder('after'), '--format', 'html', '-o', output]
    expect((await command(args)).code).toBe(0)
    expect(pageOf(output).against.name).toBe('chat of 2026-03-14 10:15:00')
  })

  it('says which run has no profile, and why', async () => {
    const output = join(home, 'never.html')
    for (const [own, other] of [
      ['after', 'none'],
      ['none', 'after'],
    ] as const) {
      const args = ['report', folder(own), '--against', folder(other), '-o', output]
      const { err, code } = await command(args)
      expect(err).toContain(`The run in ${folder('none')} has no profile to compare: the target’s inspector`)
      expect(err).not.toMatch(stackTrace)
      expect(code).toBe(2)
    }
    expect(existsSync(output)).toBe(false)
  })

  it('says which profile cannot be read; the report of that run is written all the same', async () => {
    const broken = folder('broken')
    cpSync(folder('after'), broken, { recursive: true })
    const file = join(broken, 'report-data.json')
    writeFileSync(file, readFileSync(file, 'utf8').slice(0, 5_000))
    const { err, code } = await command(['report', folder('after'), '--against', broken])
    expect(err).toContain(
      `The run in ${broken} has no profile to compare: the JSON of ${file} is damaged or cut off`,
    )
    expect(err).not.toMatch(stackTrace)
    expect(code).toBe(2)
    const output = join(home, 'broken.html')
    expect((await command(['report', broken, '--format', 'html', '-o', output])).code).toBe(0)
    const { run, flames } = pageOf(output)
    expect([run.name, flames]).toEqual(['chat', []])
    expect(run.settings.profileNote).toContain('is damaged or cut off')
  })

  it('is refused for formats that show no profile', async () => {
    const { err, code } = await command([
      'report',
      folder('after'),
      '--against',
      folder('before'),
      '--format',
      'csv',
    ])
    expect(err).toContain('--against has no effect on --format csv.')
    expect(code).toBe(2)
  })
})

describe('a run of Plimsoll 0.1', () => {
  it('still opens, its flame graph too', async () => {
    const old = folder('old')
    cpSync(folder('after'), old, { recursive: true })
    const drawn = JSON.parse(readFileSync(join(old, 'report-data.json'), 'utf8'))
    const { flames: _, slow: __, ...rest } = drawn
    writeFileSync(join(old, 'report-data.json'), JSON.stringify({ ...rest, flame: makeFlame() }))
    const output = join(home, 'old.html')
    const { code } = await command(['report', old, '--format', 'html', '-o', output])
    expect(code).toBe(0)
    const { flames, slow } = pageOf(output)
    expect(flames.map(({ title }: { title: string }) => title)).toEqual(['CPU'])
    expect(flames[0].flame.strings).toContain('verifySignature')
    expect(slow).toBeNull()
  })
})
