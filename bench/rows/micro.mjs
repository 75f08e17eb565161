import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { bench, root } from '../support/machine.mjs'
import { alternate, median, node, ratio, runProgram, shown } from '../support/measure.mjs'

/** What one record into the histogram costs. */
export async function histogramRow() {
  const text = await runProgram(node(join(bench, 'micro/histogram.mjs'), '--json'))
  const { ours, reference } = JSON.parse(text.split('\n').find((line) => line.startsWith('{')))
  return [
    {
      what: 'recording one value: plimsoll ÷ hdr-histogram-js',
      figure: `${shown(ours / reference)} (${shown(ours)} ns to ${shown(reference)} ns)`,
      reach: '≤ 0.5',
      ok: ours / reference <= 0.5,
    },
  ]
}

/** `plimsoll --version` beside an empty Node. */
export async function startUpRow({ quick, log }) {
  const timed = (args) => () => {
    const start = performance.now()
    spawnSync(process.execPath, args, { stdio: 'ignore' })
    return Promise.resolve(performance.now() - start)
  }
  const results = await alternate(
    { plimsoll: timed([join(root, 'bin/plimsoll.js'), '--version']), node: timed(['-e', '0']) },
    quick ? 5 : 21,
    quick ? log : () => {},
  )
  const value = ratio(results.plimsoll, results.node)
  return [
    {
      what: '`plimsoll --version` ÷ `node -e 0`',
      figure: `${shown(value)} (${shown(median(results.plimsoll))} ms to ${shown(median(results.node))} ms)`,
      reach: '≤ 3',
      ok: value <= 3,
    },
  ]
}
