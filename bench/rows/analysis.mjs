import { analyzeProfiles } from '../../dist/src/profiling/analyze-profile.js'
import { checkCpuProfile } from '../../dist/src/profiling/cpu-profile.js'
import { busyProfile } from '../support/busy-profile.mjs'
import { alternate, median, ratio, shown } from '../support/measure.mjs'

const source = Array.from({ length: 2_000 }, (_, line) =>
  line % 3 === 0
    ? `  const text${line} = JSON.stringify(value)`
    : `function function${line}() { /x+/.test(text) }`,
).join('\n')

/** How long a large profile takes to be checked and analysed, beside parsing its file. */
export async function analysisRow({ quick, log }) {
  const text = JSON.stringify(busyProfile(20_000))
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
