// Plimsoll's own benchmarks. Usage: npm run bench [-- ROW …] [--quick]   (ROW: one of the names below)
// Nothing else may run meanwhile. Every row is a ratio of what ran alternately in this same run; medians are quoted.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { analysisRow } from './rows/analysis.mjs'
import { flameRow } from './rows/flame.mjs'
import { idleRow, memoryRow } from './rows/memory.mjs'
import { histogramRow, startUpRow } from './rows/micro.mjs'
import { observerRow } from './rows/observer.mjs'
import { cpuAndPacingRows } from './rows/pacing.mjs'
import { sessionsRow } from './rows/sessions.mjs'
import { httpRow, webSocketRow } from './rows/throughput.mjs'
import { describeMachine, out, preparePeers } from './support/machine.mjs'

const rows = {
  websocket: webSocketRow,
  http: httpRow,
  sessions: sessionsRow,
  pacing: cpuAndPacingRows,
  idle: idleRow,
  histogram: histogramRow,
  startup: startUpRow,
  memory: memoryRow,
  analysis: analysisRow,
  observer: observerRow,
  flame: flameRow,
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: 'boolean', default: false } },
})
const unknown = positionals.filter((name) => !(name in rows))
if (unknown.length > 0) {
  process.stderr.write(`There is no row ${unknown.join(', ')}. Rows: ${Object.keys(rows).join(', ')}\n`)
  process.exit(2)
}

const peers = preparePeers()
process.stdout.write(`${describeMachine()}\n`)
process.stdout.write(
  `Peers found: ${
    Object.keys(peers)
      .filter((name) => peers[name])
      .join(', ') || 'none'
  }\n`,
)

const results = []
for (const name of positionals.length > 0 ? positionals : Object.keys(rows)) {
  process.stdout.write(`\n— ${name}\n`)
  for (const result of await rows[name]({
    peers,
    quick: values.quick,
    log: (line) => process.stdout.write(`  ${line}\n`),
  })) {
    results.push(result)
    const verdict = result.ok === null ? '' : result.ok ? '  ✓' : '  ✗ falls short'
    process.stdout.write(
      `  ${result.what}: ${result.figure}${result.reach ? ` (reach: ${result.reach})` : ''}${verdict}\n`,
    )
  }
}

mkdirSync(out, { recursive: true })
writeFileSync(
  join(out, 'results.json'),
  `${JSON.stringify({ at: new Date().toISOString(), results }, null, 2)}\n`,
)
process.stdout.write(`\n| what | figure | reach | |\n|---|---|---|---|\n`)
for (const { what, figure, reach, ok } of results) {
  process.stdout.write(
    `| ${what} | ${figure} | ${reach ?? ''} | ${ok === null ? '' : ok ? 'met' : 'falls short'} |\n`,
  )
}
