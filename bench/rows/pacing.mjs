import { alternate, median, plimsoll, ratio, reference, shown, startServer } from '../support/measure.mjs'

const generator = (run) => run.generator.workers[0]
const cpuUsPerMessage = (run) => (generator(run).cpuPercent / 100 / run.load.achievedRate) * 1e6

/** What a message costs, and how close to its time it goes. */
export async function cpuAndPacingRows({ quick, log }) {
  const server = await startServer('ws-echo')
  const url = `ws://127.0.0.1:${server.port}/`
  const seconds = quick ? 2 : 6
  const repeats = quick ? 1 : 5
  const run = (rate, pacing, options) =>
    plimsoll(
      [url, '-c', '100', '-r', String(rate), '-d', `${seconds}s`, '--warmup', '1s', '--pacing', pacing],
      options,
    )
  const bare = (pacing) =>
    reference('bare-ws.mjs', [
      '--port',
      String(server.port),
      '--connections',
      '100',
      '--seconds',
      String(seconds),
      '--rate',
      '10000',
      '--pacing',
      pacing,
    ])

  const cpu = await alternate(
    {
      'plimsoll, sleeping': async () => cpuUsPerMessage(await run(10_000, 'sleep')),
      'bare, setTimeout': async () => (await bare('timeout')).cpuSecondsPerMessage * 1e6,
      'plimsoll, spinning': async () => cpuUsPerMessage(await run(10_000, 'spin')),
      'bare, spinning': async () => (await bare('spin')).cpuSecondsPerMessage * 1e6,
    },
    repeats,
    log,
  )
  const rows = [
    cpuRow('sleeping', cpu['plimsoll, sleeping'], cpu['bare, setTimeout']),
    cpuRow('spinning', cpu['plimsoll, spinning'], cpu['bare, spinning']),
  ]
  for (const rate of [1_000, 10_000])
    rows.push(await slipRow(rate, () => run(rate, 'auto'), seconds, repeats, log))
  await server.stop()
  rows.push(await sharedCoreRow(seconds, repeats, log))
  return rows
}

function cpuRow(how, ours, theirs) {
  const value = ratio(ours, theirs)
  return {
    what: `CPU a message at 10,000/s, open model, ${how}: plimsoll's generator ÷ bare loop paced alike`,
    figure: `${shown(value)} (${shown(median(ours))} µs to ${shown(median(theirs))} µs)`,
    reach: '≤ 1.5',
    ok: value <= 1.5,
  }
}

async function slipRow(rate, run, seconds, repeats, log) {
  const results = await alternate(
    {
      plimsoll: async () => {
        const { slip } = (await run()).metrics
        return { p50: slip.p50, p99: slip.p99 }
      },
      setTimeout: async () => {
        const { p50, p99 } = await reference('timeout-pacing.mjs', [
          '--rate',
          String(rate),
          '--seconds',
          String(seconds),
        ])
        return { p50, p99 }
      },
    },
    repeats,
    log,
  )
  const pick = (name, statistic) => results[name].map((result) => result[statistic])
  const value = ratio(pick('plimsoll', 'p50'), pick('setTimeout', 'p50'))
  return {
    what: `median slip at ${rate.toLocaleString('en-US')}/s on a core of its own: plimsoll ÷ setTimeout`,
    figure: `${shown(value)} (${shown(median(pick('plimsoll', 'p50')) * 1_000)} µs to ${shown(median(pick('setTimeout', 'p50')) * 1_000)} µs; p99 ${shown(median(pick('plimsoll', 'p99')) * 1_000)} µs to ${shown(median(pick('setTimeout', 'p99')) * 1_000)} µs)`,
    reach: '≤ 0.1',
    ok: value <= 0.1,
  }
}

/** Nothing pinned: does spinning within the budget hurt the target that shares the cores? */
async function sharedCoreRow(seconds, repeats, log) {
  const server = await startServer('ws-echo', { core: null })
  const url = `ws://127.0.0.1:${server.port}/`
  const service = (pacing) => async () =>
    (
      await plimsoll(
        [url, '-c', '100', '-r', '1000', '-d', `${seconds}s`, '--warmup', '1s', '--pacing', pacing],
        { core: null },
      )
    ).metrics.service.p99
  const results = await alternate(
    { auto: service('auto'), sleep: service('sleep') },
    repeats + (repeats > 1 ? 2 : 0),
    log,
  )
  await server.stop()
  const value = ratio(results.auto, results.sleep)
  return {
    what: 'nothing pinned, 1,000/s: service p99 with default pacing ÷ with sleep pacing',
    figure: `${shown(value)} (${shown(median(results.auto) * 1_000)} µs to ${shown(median(results.sleep) * 1_000)} µs)`,
    reach: '≤ 1.2',
    ok: value <= 1.2,
  }
}
