// The truth bench at full length: every case of test/truth with the durations of the brief, and the table of what
// was measured against what was true. Usage: npm run bench:truth   (about 20 minutes; nothing else may run)
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describeMachine, out, root } from './support/machine.mjs'

const results = join(out, 'truth.ndjson')
mkdirSync(out, { recursive: true })
rmSync(results, { force: true })
process.stdout.write(`${describeMachine()}\n`)
const { status } = spawnSync(
  join(root, 'node_modules/.bin/vitest'),
  ['run', 'test/truth', '--testTimeout=900000', ...process.argv.slice(2)],
  {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, PLIMSOLL_TRUTH: 'full', PLIMSOLL_TRUTH_RESULTS: results },
  },
)
const rows = readFileSync(results, 'utf8')
  .split('\n')
  .filter(Boolean)
  .map((line) => JSON.parse(line))
const shown = (value) => (typeof value === 'number' ? String(Number(value.toPrecision(4))) : value)
for (const { what, ...figures } of rows) {
  process.stdout.write(
    `| ${what} | ${Object.entries(figures)
      .map(([name, value]) => `${name} ${shown(value)}`)
      .join(' · ')} |\n`,
  )
}
process.exitCode = status ?? 1
