// What plain setTimeout does to a schedule, without any network: the slip (wake-up minus intended time) of every
// message at a given rate. Prints {"p50":…,"p99":…,"count":…} in ms.
//
//     node timeout-pacing.mjs [--rate 1000] [--seconds 5]
import { parseArgs } from 'node:util'
import { elapse, LogHistogram, nowUs, pace, print } from './support.mjs'

const { values } = parseArgs({
  options: {
    rate: { type: 'string', default: '1000' },
    seconds: { type: 'string', default: '5' },
    pacing: { type: 'string', default: 'timeout' },
  },
})
const histogram = new LogHistogram()
let stopped = false

pace(
  Number(values.rate),
  values.pacing,
  (intendedUs) => histogram.record(nowUs() - intendedUs),
  () => stopped,
)
await elapse(Number(values.seconds))
stopped = true
print({ p50: histogram.quantileMs(0.5), p99: histogram.quantileMs(0.99), count: histogram.count })
