import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RunJson } from '../../src/report/run-json.js'
import { root } from '../integration/labs/lab-process.js'
import { plimsoll } from './support.js'

const story = join(root, 'labs/stories/go-split/main.go')
const hasGo = spawnSync('go', ['version']).status === 0
const hasPerf = spawnSync('perf', ['--version']).status === 0
const folder = mkdtempSync(join(tmpdir(), 'plimsoll-go-'))
let service: { readonly port: number; stop(): Promise<void> }

beforeAll(async () => {
  if (!hasGo) return
  const program = join(folder, 'go-split')
  // The standard library is all it needs: nothing is fetched.
  execFileSync('go', ['build', '-o', program, story], {
    cwd: folder,
    env: { ...process.env, GOFLAGS: '', GO111MODULE: 'off' },
  })
  const child = spawn(program, { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string]
  service = {
    port: Number(/listening on (\d+)/.exec(line)![1]),
    async stop() {
      child.kill()
      await once(child, 'exit')
    },
  }
})
afterAll(async () => {
  await service?.stop()
  rmSync(folder, { recursive: true, force: true })
})

const shareOf = ({ profile }: RunJson, name: string): number =>
  profile!.hottest.find((hot) => hot.function === name)?.selfShare ?? 0

function expectSplit(run: RunJson): void {
  const [seven, three] = [shareOf(run, 'main.spendSeven'), shareOf(run, 'main.spendThree')]
  expect(seven + three).toBeGreaterThan(0.5)
  // Go samples each core a hundred times a second, perf twice as often: some 150 samples, five standard deviations.
  expect(seven / (seven + three)).toBeGreaterThan(0.52)
  expect(seven / (seven + three)).toBeLessThan(0.88)
  expect(run.profile!.categories['business-logic']).toBeGreaterThan(0.5)
}

describe.skipIf(!hasGo)('a Go service that spends seven parts to three', () => {
  const load = ['-c', '2', '-d', '6s', '--warmup', '1s', '--explore']

  it('is profiled by its pprof URL, down to the lines', async () => {
    const url = `http://127.0.0.1:${service.port}`
    const { run } = await plimsoll([url, ...load, '--pprof', `${url}/debug/pprof`])
    expect(run.counters.errors.total).toBe(0)
    expect(run.profile!.how).toBe('pprof')
    expectSplit(run)
    expect(run.profile!.hottest[0]).toMatchObject({ function: 'main.spendSeven', file: story })
  }, 40_000)

  it.skipIf(!hasPerf)(
    'is profiled by perf where no URL is named, as it runs already',
    async () => {
      const { run, progress } = await plimsoll([`http://127.0.0.1:${service.port}`, ...load])
      expect(progress).toMatch(/The target is not Node: perf samples process \d+/)
      expect(run.profile!.how).toBe('perf')
      expectSplit(run)
    },
    40_000,
  )
})
