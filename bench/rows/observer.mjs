import { alternate, median, plimsoll, ratio, shown, startNodeLab, targetCore } from '../support/measure.mjs'

/**
 * What looking into a target costs it: by the ledger of each run (its own windows with and without), and, as a check
 * from outside, by whole runs with and without. The target is a Node service that was started without any flag.
 */
export async function observerRow({ quick, log }) {
  const lab = await startNodeLab('busy-healthy')
  const address = addressOf(lab)
  const seconds = quick ? 9 : 30
  const repeats = quick ? 1 : 5
  const closed = [address, '-c', '20', '--warmup', '3s']
  const ledgers = []
  for (let repeat = 0; repeat < repeats; repeat++) {
    const { profile, settings } = await plimsoll([...closed, '-d', `${seconds}s`])
    if (profile === null) throw new Error(`no profile: ${settings.profileNote}`)
    ledgers.push(profile.ledger)
    log(`${repeat + 1}/${repeats}: ${profile.ledger.map(shownCost).join(' · ')}`)
  }
  const short = ['-d', `${quick ? 4 : 10}s`, '--profile']
  const rates = await alternate(
    {
      profiled: async () => (await plimsoll([...closed, ...short, 'throughout'])).load.achievedRate,
      'not profiled': async () => (await plimsoll([...closed, ...short, 'none'])).load.achievedRate,
    },
    repeats,
    log,
  )
  await lab.stop()
  const tenth = Math.round(median(rates['not profiled']) / 10)
  return [
    loss('CPU profile at 1 ms: achieved rate lost, by the ledgers of the runs', ledgers, 'cpu-profile', 0.1),
    noise('GC and event-loop tracing: change of the CPU time a reply', ledgers, 'runtime'),
    noise('/proc watching: change of the CPU time a reply', ledgers, 'proc'),
    outside(rates),
    ...(await atTenPercent('all its threads on one core', targetCore, tenth, log)),
    ...(await atTenPercent('a core free for its sampler', null, tenth, log)),
  ]
}

const addressOf = ({ port }) => `ws://127.0.0.1:${port}/`

const valuesOf = (ledgers, collector, pick) =>
  ledgers.map((ledger) => pick(ledger.find((cost) => cost.collector === collector)))

function loss(what, ledgers, collector, limit) {
  const lost = median(valuesOf(ledgers, collector, ({ achievedRate }) => -achievedRate.value))
  return { what, figure: percent(lost), reach: `≤ ${percent(limit)}`, ok: lost <= limit }
}

/** Below noise: the interval of the run in the middle holds no change, or one below half a percent. */
function noise(what, ledgers, collector) {
  const costs = valuesOf(ledgers, collector, ({ cpuPerReply }) => cpuPerReply)
  const middle = costs.toSorted((a, b) => a.value - b.value)[costs.length >> 1]
  const [low, high] = middle.interval
  return {
    what,
    figure: `${percent(middle.value)} (${percent(low)} … ${percent(high)})`,
    reach: 'below noise',
    ok: low <= 0.005,
  }
}

function outside(rates) {
  const lost = 1 - ratio(rates.profiled, rates['not profiled'])
  return {
    what: '… by whole runs, profiled throughout ÷ not at all',
    figure: `${percent(lost)} lost`,
    reach: '≤ 10 %',
    ok: lost <= 0.1,
  }
}

/** The trap: under the profiler an idle event loop looks busy. No figure may say so. */
async function atTenPercent(how, core, rate, log) {
  const lab = await startNodeLab('busy-healthy', { core })
  const run = await plimsoll([
    addressOf(lab),
    ...['-c', '20', '-r', `${rate}/s`, '-d', '9s', '--warmup', '3s'],
  ])
  await lab.stop()
  const [target] = run.targets
  const figures = {
    'event-loop utilization': target.eventLoopUtilization,
    'CPU, of a core': target.cpuPercent / 100,
    'non-idle share of the profile': 1 - run.profile.idleShare,
  }
  log(`${how}: ${JSON.stringify(figures)}`)
  return Object.entries(figures).map(([name, value]) => ({
    what: `a healthy service at a tenth of its capacity, profiled, ${how}: ${name}`,
    figure: shown(value),
    reach: '< 0.2',
    ok: value < 0.2,
  }))
}

const percent = (share) => `${(share * 100).toFixed(1)} %`
const shownCost = ({ collector, cpuPerReply, achievedRate }) =>
  `${collector} CPU ${percent(cpuPerReply.value)}, rate ${percent(achievedRate.value)}`
