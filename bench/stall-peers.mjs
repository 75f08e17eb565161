// What other tools say of a target that stands still for 1.4 s in a 10 s run at 500 requests/s on 100 connections,
// beside Plimsoll and the truth. Usage: npm run bench:stall
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { preparePeers, root } from './support/machine.mjs'
import { plimsoll, runProgram, temporaryFolder } from './support/measure.mjs'

const rate = 500
const connections = 100
const seconds = 10
const stallMs = 1_400

async function startTarget() {
  const child = spawn(process.execPath, [join(root, 'dist/labs/echo.js'), '--port', '0'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = await once(child.stdout, 'data')
  return { child, url: `http://127.0.0.1:${/listening on (\d+)/.exec(line.toString())[1]}/` }
}

/** Runs a tool against a fresh target that is stopped in the middle. */
async function duringStall(startAfterMs, measure) {
  const { child, url } = await startTarget()
  const running = measure(url)
  await delay(startAfterMs + 4_500)
  child.kill('SIGSTOP')
  await delay(stallMs)
  child.kill('SIGCONT')
  const result = await running
  child.kill('SIGTERM')
  return result
}

const ms = (value) => `${Math.round(value * 10) / 10} ms`
const peers = preparePeers()
const options = { core: null }
const tools = {
  plimsoll: [
    1_500,
    async (url) => {
      const { response } = (
        await plimsoll(
          [url, '-c', String(connections), '-r', String(rate), '-d', `${seconds}s`, '--warmup', '1s'],
          options,
        )
      ).metrics
      return [response.p50, response.p90, response.p99]
    },
  ],
}
if (peers.hey) {
  tools['hey -q'] = [
    0,
    async (url) => {
      const text = await runProgram(
        [peers.hey, '-z', `${seconds}s`, '-c', String(connections), '-q', String(rate / connections), url],
        options,
      )
      return [50, 90, 99].map(
        (p) => Number(new RegExp(`${p}%+ in ([\\d.]+) secs`).exec(text)?.[1] ?? Number.NaN) * 1_000,
      )
    },
  ]
}
if (peers.autocannon) {
  tools['autocannon -R'] = [
    0,
    async (url) => {
      const text = await runProgram(
        [
          peers.autocannon,
          '--json',
          '-c',
          String(connections),
          '-d',
          String(seconds),
          '-R',
          String(rate),
          url,
        ],
        options,
      )
      const { latency } = JSON.parse(text.split('\n').find((line) => line.startsWith('{')))
      return [latency.p50, latency.p90, latency.p99]
    },
  ]
}
if (peers.artillery) {
  tools['artillery arrivalRate'] = [
    2_000,
    async (url) => {
      const folder = temporaryFolder()
      const script = {
        config: {
          target: url,
          phases: [{ duration: seconds, arrivalRate: rate }],
          http: { maxSockets: connections },
        },
        scenarios: [{ flow: [{ get: { url: '/' } }] }],
      }
      writeFileSync(join(folder, 'script.json'), JSON.stringify(script))
      const report = join(folder, 'report.json')
      await runProgram([peers.artillery, 'run', '--quiet', '--output', report, join(folder, 'script.json')], {
        ...options,
        ignoreCode: true,
        env: { ...process.env, ARTILLERY_DISABLE_TELEMETRY: 'true' },
      })
      const { p50, p90, p99 } = JSON.parse(readFileSync(report, 'utf8')).aggregate.summaries[
        'http.response_time'
      ]
      return [p50, p90, p99]
    },
  ]
}
if (peers.k6) {
  tools['k6 constant-arrival-rate'] = [
    1_000,
    async (url) => {
      const folder = temporaryFolder()
      const file = join(folder, 'script.js')
      writeFileSync(
        file,
        `import http from 'k6/http'
export const options = { summaryTrendStats: ['p(50)', 'p(90)', 'p(99)'], scenarios: { load: { executor: 'constant-arrival-rate', rate: ${rate}, duration: '${seconds}s', preAllocatedVUs: ${connections}, maxVUs: ${connections} } } }
export default () => http.get('${url}')`,
      )
      const summary = join(folder, 'summary.json')
      await runProgram([peers.k6, 'run', '--quiet', '--summary-export', summary, file], {
        ...options,
        ignoreCode: true,
      })
      const trend = JSON.parse(readFileSync(summary, 'utf8')).metrics.http_req_duration
      return [trend['p(50)'], trend['p(90)'], trend['p(99)']]
    },
  ]
}

// A message due inside the stall waits for what is left of it: S − (1 − q)·T for the share S/T that waits.
const truth = (q) => Math.max(0, stallMs - (1 - q) * seconds * 1_000)
process.stdout.write('| tool | p50 | p90 | p99 |\n|---|---|---|---|\n')
process.stdout.write(`| truth, about | under 1 ms | ${ms(truth(0.9))} | ${ms(truth(0.99))} |\n`)
for (const [name, [startAfterMs, measure]] of Object.entries(tools)) {
  const values = await duringStall(startAfterMs, measure).catch((error) => [
    String(error.message).slice(0, 60),
  ])
  process.stdout.write(
    `| ${name} | ${values.map((value) => (typeof value === 'number' ? ms(value) : value)).join(' | ')} |\n`,
  )
}
