import { analyzeProfiles } from '../../dist/src/profiling/analyze-profile.js'
import { checkCpuProfile } from '../../dist/src/profiling/cpu-profile.js'
import { alternate, median, ratio, shown } from '../support/measure.mjs'

/** A 60 s profile of a busy target: 60,000 samples, 20,000 nodes, stacks up to 200 deep, ticks on every node. */
function busyProfile() {
  let seed = 1
  const random = (below) => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648
    return Math.floor((seed / 2_147_483_648) * below)
  }
  const frame = (functionName, url, lineNumber) => ({
    functionName,
    scriptId: '1',
    url,
    lineNumber,
    columnNumber: 2,
  })
  const nodes = [{ id: 1, callFrame: frame('(root)', '', -1), hitCount: 0, children: [] }]
  const depths = [0]
  while (nodes.length < 20_000) {
    // Mostly a child of the newest node, so that stacks grow deep.
    const parent = random(20) > 0 && depths.at(-1) < 200 ? nodes.length - 1 : random(nodes.length)
    const line = random(2_000)
    nodes.push({
      id: nodes.length + 1,
      callFrame: frame(`function${line}`, `file:///app/src/module-${random(200)}.js`, line),
      hitCount: 3,
      children: [],
      positionTicks: [
        { line: line + 2, ticks: 2 },
        { line: line + 3, ticks: 1 },
      ],
    })
    nodes[parent].children.push(nodes.length)
    depths.push(depths[parent] + 1)
  }
  const samples = Array.from({ length: 60_000 }, () => 2 + random(nodes.length - 1))
  const timeDeltas = samples.map(() => 900 + random(200))
  const endTime = timeDeltas.reduce((sum, delta) => sum + delta, 0)
  return { nodes, startTime: 0, endTime, samples, timeDeltas }
}

const source = Array.from({ length: 2_000 }, (_, line) =>
  line % 3 === 0
    ? `  const text${line} = JSON.stringify(value)`
    : `function function${line}() { /x+/.test(text) }`,
).join('\n')

/** How long a large profile takes to be checked and analysed, beside parsing its file. */
export async function analysisRow({ quick, log }) {
  const text = JSON.stringify(busyProfile())
  const timed = (work) => () => {
    const start = performance.now()
    work()
    return Promise.resolve(performance.now() - start)
  }
  const analyze = () => {
    const checked = checkCpuProfile(JSON.parse(text))
    if ('problem' in checked) throw new Error(checked.problem)
    const thread = { pid: 1, threadId: 0, thread: 'main', profile: checked.profile, scripts: new Map() }
    analyzeProfiles([thread], { readSource: () => source })
  }
  const results = await alternate(
    { analysis: timed(analyze), parse: timed(() => JSON.parse(text)) },
    quick ? 3 : 9,
    quick ? log : () => {},
  )
  const ms = median(results.analysis)
  return [
    {
      what: 'reading and analysing a profile of 60 s (60,000 samples, 20,000 nodes)',
      figure: `${shown(ms)} ms, ${shown(ratio(results.analysis, results.parse))} times JSON.parse of the file`,
      reach: '< 2 s',
      ok: ms < 2_000,
    },
  ]
}
