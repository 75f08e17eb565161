// Feeds a million and more mutated inputs to the parsers of what servers send, beside the parsers of `ws` and Node.
// Usage: npm run bench:fuzz [-- --inputs 1200000 --seed 1]   Exit 1 on a finding.
import { mkdirSync, readFileSync } from 'node:fs'
import { Session } from 'node:inspector/promises'
import { join, relative } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { build } from 'esbuild'
import { describeMachine, root } from './support/machine.mjs'

const { values } = parseArgs({
  options: {
    inputs: { type: 'string', default: '1200000' },
    seed: { type: 'string', default: String(1 + (Date.now() % 1_000_000)) },
  },
})
const inputs = Number(values.inputs)
const seed = Number(values.seed)

/** The fuzzer of test/fuzz as one module; the parsers stay the compiled ones, so that V8 counts in their files. */
async function compileFuzzer() {
  const folder = join(root, 'node_modules/.cache/plimsoll')
  const outfile = join(folder, 'fuzz.mjs')
  mkdirSync(folder, { recursive: true })
  await build({
    entryPoints: [join(root, 'test/fuzz/run.ts')],
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    outfile,
    plugins: [
      {
        name: 'compiled-sources',
        setup({ onResolve }) {
          onResolve({ filter: /^(\.\.\/)+src\// }, ({ path, resolveDir }) => {
            const source = relative(root, join(resolveDir, path))
            return { path: pathToFileURL(join(root, 'dist', source)).href, external: true }
          })
        },
      },
    ],
  })
  return outfile
}

const parsers = [
  'websocket/frame-parser.js',
  'websocket/handshake.js',
  'websocket/deflate-negotiation.js',
  'websocket/message-deflate.js',
  'http1/response-parser.js',
  'http1/head-parser.js',
  'http1/chunk-line-parser.js',
  'http1/response-collector.js',
  'http1/octets.js',
]

/** Which functions of the parsers ran, and which blocks of them never did. */
function coverageOf(scripts) {
  return parsers.map((name) => {
    const script = scripts.find(({ url }) => url.endsWith(`/src/protocols/${name}`))
    if (!script) return { name, functions: 0, unreached: [] }
    const source = readSource(script.url)
    const unreached = script.functions.flatMap(({ functionName, ranges }) =>
      ranges
        .filter(({ count }) => count === 0)
        .map(({ startOffset, endOffset }) => ({
          functionName,
          text: source.slice(startOffset, endOffset).replaceAll(/\s+/g, ' ').trim().slice(0, 90),
        })),
    )
    return { name, functions: script.functions.length, unreached }
  })
}

const readSource = (url) => readFileSync(fileURLToPath(url), 'utf8')

const session = new Session()
session.connect()
await session.post('Profiler.enable')
await session.post('Profiler.startPreciseCoverage', { callCount: false, detailed: true })

process.stdout.write(`${describeMachine()}\nseed ${seed}\n\n`)
const { fuzz } = await import(pathToFileURL(await compileFuzzer()).href)
let total = 0
let seconds = 0
const findings = []
await fuzz(inputs, seed, (name, oracle, result, took) => {
  total += result.inputs
  seconds += took
  findings.push(...result.findings)
  const rate = Math.round(result.inputs / took).toLocaleString('en-US')
  const differences = Object.entries(result.differences)
    .map(([id, count]) => `${id} ${count}`)
    .join(', ')
  process.stdout.write(
    `${name}: ${result.inputs.toLocaleString('en-US')} inputs, ${rate}/s, ${result.corpus} ways through the parser, ` +
      `${result.compared.toLocaleString('en-US')} compared with ${oracle}: ${result.bothAccept} taken by both, ` +
      `${result.bothRefuse} refused by both; explained differences: ${differences || 'none'}; ` +
      `findings: ${result.findings.length}\n`,
  )
})
const { result: scripts } = await session.post('Profiler.takePreciseCoverage')

process.stdout.write('\nBlocks that no input reached:\n')
for (const { name, functions, unreached } of coverageOf(scripts)) {
  process.stdout.write(`${name}: ${unreached.length} in ${functions} functions\n`)
  for (const { functionName, text } of unreached) process.stdout.write(`    ${functionName}: ${text}\n`)
}
for (const { target, what, input, variant } of findings) {
  process.stdout.write(
    `\nFINDING in ${target}, variant ${variant}: ${what.slice(0, 2_000)}\n  input (base64): ${input}\n`,
  )
}
process.stdout.write(
  `\n${total.toLocaleString('en-US')} inputs in ${seconds.toFixed(0)} s (${Math.round(total / seconds).toLocaleString('en-US')}/s), findings: ${findings.length}\n`,
)
process.exitCode = findings.length === 0 ? 0 : 1
