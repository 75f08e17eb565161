import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { analyzeProfiles, type ProfileAnalysis } from '../../../src/profiling/analyze-profile.js'
import { attachNodeTarget } from '../../../src/profiling/node-target.js'
import { startTarget, type TargetProcess } from '../../../src/target/start-target.js'
import { makeVariant, type Variant, variantNames } from './cpu-split-variants.js'
import { freePort } from './labs.js'
import { installedVersions } from './node-versions.js'

const source = fileURLToPath(new URL('../../../labs/cpu-split.ts', import.meta.url))
const kinds = ['json', 'regex', 'loop'] as const
type Kind = (typeof kinds)[number]
type Account = Readonly<Record<Kind, { readonly cpuUs: number; readonly wallUs: number }>>

const categoryOf = { json: 'serialization', regex: 'regex', loop: 'business-logic' } as const
const functionOf = { json: 'serialize', regex: 'countLongWords', loop: 'checksum' } as const
const telling = { json: 'JSON.stringify(document)', regex: '.test(text)', loop: 'sum * 31' } as const

let folder: string
let text: string
let target: TargetProcess | null = null

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plimsoll-split-'))
  text = await readFile(source, 'utf8')
})
afterEach(() => target?.stop())
afterAll(() => rm(folder, { recursive: true }))

/** Profiles two seconds of work, and returns what the service itself says that it spent them on. */
async function profileOf(command: readonly string[]): Promise<{ analysis: ProfileAnalysis; spent: Account }> {
  const port = await freePort()
  const started = await startTarget({ command: [...command, '--port', String(port)], inspect: true })
  target = started
  await started.waitUntilAccepting({ host: '127.0.0.1', port, timeoutMs: 15_000 })
  const ask = async (path: string): Promise<Account> =>
    (await fetch(`http://127.0.0.1:${port}${path}`)).json() as Promise<Account>
  const node = await attachNodeTarget(started.pid, { exceptPorts: [port] })
  try {
    const before = await ask('/work?ms=300')
    await node.startProfile()
    const after = await ask('/work?ms=2000')
    const threads = await node.withScripts(await node.stopProfile())
    return { analysis: analyzeProfiles(threads), spent: difference(before, after) }
  } finally {
    await node.detach()
  }
}

const difference = (before: Account, after: Account): Account =>
  Object.fromEntries(
    kinds.map((kind) => [
      kind,
      {
        cpuUs: after[kind].cpuUs - before[kind].cpuUs,
        wallUs: after[kind].wallUs - before[kind].wallUs,
      },
    ]),
  ) as unknown as Account

function share(spent: Account, kind: Kind, unit: 'cpuUs' | 'wallUs'): number {
  return spent[kind][unit] / kinds.reduce((sum, one) => sum + spent[one][unit], 0)
}

/**
 * Collections count to what caused them. On a busy machine the process waits for a core, and a profile counts these
 * waits where they fall: the truth then lies between the account of CPU and that of wall time.
 */
function expectTruth(analysis: ProfileAnalysis, spent: Account, { file, text: lines }: Variant): void {
  expect(analysis.problems).toEqual([])
  for (const kind of kinds) {
    const category = categoryOf[kind]
    const seen = analysis.categories[category] + analysis.gcCausedBy[category]
    const truths = [share(spent, kind, 'cpuUs'), share(spent, kind, 'wallUs')]
    expect(seen, category).toBeGreaterThan(Math.min(...truths) - 0.03)
    expect(seen, category).toBeLessThan(Math.max(...truths) + 0.03)
    const [culprit] = analysis.culprits[category]
    expect({ ...culprit, share: 0 }, category).toEqual({
      function: functionOf[kind],
      file,
      line: kind === 'loop' ? expect.any(Number) : lineOf(lines, telling[kind]),
      share: 0,
    })
    const hot = analysis.hottest.find((one) => one.function === functionOf[kind])
    expect(hot, category).toMatchObject({ file, line: lineOf(lines, `function ${functionOf[kind]}`) })
  }
  expect(analysis.unattributed + analysis.gcCausedBy.unattributed).toBeLessThan(0.05)
}

const lineOf = (lines: string, what: string): number =>
  lines.split('\n').findIndex((line) => line.includes(what)) + 1

describe('a service that spends 50, 30 and 20 % on JSON, a regular expression and a loop', () => {
  it.each(variantNames)('is seen so: %s', async (name) => {
    const variant = await makeVariant(name, source, text, folder)
    const { analysis, spent } = await profileOf([process.execPath, ...variant.args])
    expectTruth(analysis, spent, variant)
  })

  const stripping = installedVersions.filter(({ major }) => major >= 24)
  it.each(stripping)('is seen so: as TypeScript, run by $title', async ({ binary }) => {
    const { analysis, spent } = await profileOf([binary, source])
    expectTruth(analysis, spent, { args: [], file: source, text })
  })
})
