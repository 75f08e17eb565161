import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { ReportData } from '../../../src/report/report-data.js'
import { readReportData } from '../../../src/run/read-run.js'
import { makeReportData } from '../../fixtures/report-data.js'

const home = mkdtempSync(join(tmpdir(), 'plimsoll-read-run-'))
afterAll(() => rmSync(home, { recursive: true }))

const whole = makeReportData()
const { curves, heatMap, flames, slow } = whole
const drawn = { curves, heatMap, flames, slow }
const flame = flames[0]!
let folders = 0

/** A run whose report-data.json has this text; null for none. */
async function read(text: string | null, data = whole): Promise<ReportData & { note: string }> {
  const folder = join(home, String(folders++))
  mkdirSync(folder)
  writeFileSync(join(folder, 'run.json'), JSON.stringify(data.run))
  writeFileSync(
    join(folder, 'exemplars.ndjson'),
    whole.exemplars.map((one) => `${JSON.stringify(one)}\n`).join(''),
  )
  if (text !== null) writeFileSync(join(folder, 'report-data.json'), text)
  const found = await readReportData(folder)
  return { ...found, note: String(found.run.settings.profileNote).replaceAll(`${folder}/`, '') }
}

const json = JSON.stringify
const damaged: Readonly<Record<string, readonly [text: string | null, note: string]>> = {
  missing: [null, 'report-data.json holds no flame graph'],
  empty: ['', 'the JSON of report-data.json is damaged or cut off'],
  'cut off': [json(drawn).slice(0, -200), 'the JSON of report-data.json is damaged or cut off'],
  'a list': ['[1]', 'report-data.json is no report data'],
  'another JSON': ['{"name":"shop"}', 'report-data.json holds no flame graph'],
  'of strange flame graphs': [json({ flames: [7] }), 'a flame graph in report-data.json is damaged'],
  'without a list of them': [json({ flames: { nodes: [] } }), 'a flame graph in report-data.json is damaged'],
  'with columns cut off': [
    json({ flames: [{ ...flame, flame: { ...flame.flame, nodes: flame.flame.nodes.slice(0, 8) } }] }),
    'a flame graph in report-data.json is damaged',
  ],
  'of more nodes than it holds': [
    json({ flames: [{ ...flame, flame: { ...flame.flame, nodeCount: 1e12 } }] }),
    'a flame graph in report-data.json is damaged',
  ],
  'a strange old one': [json({ flame: { name: 'root' } }), 'the flame graph in report-data.json is damaged'],
}

describe('readReportData', () => {
  it('reads what a run left', async () => {
    const found = await read(json(drawn))
    expect([found.curves, found.heatMap, found.flames, found.slow]).toEqual(
      JSON.parse(json(Object.values(drawn))),
    )
    expect(found.run).toEqual(JSON.parse(json(whole.run)))
  })

  it.each(Object.entries(damaged))(
    'says why there is no flame graph, and keeps the rest: %s',
    async (_, [text, note]) => {
      const found = await read(text)
      expect(found.flames).toEqual([])
      expect(found.note).toBe(note)
      expect(found.run.metrics).toEqual(JSON.parse(json(whole.run.metrics)))
      expect(found.exemplars).toHaveLength(whole.exemplars.length)
    },
  )

  it('keeps the parts that are whole beside one that is damaged', async () => {
    const found = await read(json({ ...drawn, curves: { response: 'high' }, flames: [flame, {}] }))
    expect(found.curves).toEqual({})
    expect(found.heatMap).toEqual(JSON.parse(json(heatMap)))
    expect(found.flames.map(({ title }) => title)).toEqual([flame.title])
    const problems = found.flames[0]!.summary.problems!.join()
    expect(problems).toContain('report-data.json says of curves is damaged')
    expect(problems).toContain('a flame graph in')
  })

  it('blames nothing where no profile was taken', async () => {
    const none = makeReportData({ profile: false })
    for (const text of [null, json({ ...drawn, flames: [] })])
      expect((await read(text, none)).note).toBe(none.run.settings.profileNote)
  })
})
