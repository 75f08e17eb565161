// What one record costs: Plimsoll's histogram against hdr-histogram-js with the same range and precision.
// Usage: node bench/micro/histogram.mjs        (after a build; takes half a minute)
import { build } from 'hdr-histogram-js'
import { Histogram, highestValueUs } from '../../dist/src/measurement/histogram.js'

const records = 10_000_000
const repeats = 5
const target = 0.5

// Log-normal around 2 ms, as latencies are: most buckets between 100 µs and 50 ms are hit. Drawn before the clock starts.
const values = new Float64Array(1 << 16)
for (let at = 0; at < values.length; at++) {
  const normal = Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random())
  values[at] = 2_000 * Math.exp(normal)
}
// hdr-histogram-js takes whole numbers; ours rounds by itself, and is timed doing so.
const wholeValues = values.map(Math.round)

function timeOurs() {
  const histogram = new Histogram()
  const mask = values.length - 1
  const start = process.hrtime.bigint()
  for (let at = 0; at < records; at++) histogram.record(values[at & mask])
  return { ns: Number(process.hrtime.bigint() - start) / records, p99: histogram.valueAtQuantile(0.99) }
}

function timeReference() {
  const histogram = build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: highestValueUs,
    numberOfSignificantValueDigits: 3,
    autoResize: false,
    bitBucketSize: 32,
    useWebAssembly: false,
  })
  const mask = values.length - 1
  const start = process.hrtime.bigint()
  for (let at = 0; at < records; at++) histogram.recordValue(wholeValues[at & mask])
  return { ns: Number(process.hrtime.bigint() - start) / records, p99: histogram.getValueAtPercentile(99) }
}

const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1]

timeOurs()
timeReference()
const ours = []
const reference = []
for (let repeat = 0; repeat < repeats; repeat++) {
  ours.push(timeOurs())
  reference.push(timeReference())
}
if (ours[0].p99 !== reference[0].p99) throw new Error(`p99 differs: ${ours[0].p99} and ${reference[0].p99}`)

const oursNs = median(ours.map((run) => run.ns))
const referenceNs = median(reference.map((run) => run.ns))
const ratio = oursNs / referenceNs
if (process.argv.includes('--json')) {
  console.log(JSON.stringify({ ours: oursNs, reference: referenceNs }))
} else {
  console.log(
    `plimsoll           ${oursNs.toFixed(2)} ns a record (median of ${repeats} × ${records / 1e6}M)`,
  )
  console.log(`hdr-histogram-js   ${referenceNs.toFixed(2)} ns a record`)
  console.log(`ratio              ${ratio.toFixed(2)} (target: at most ${target})`)
}
if (ratio > target) process.exitCode = 1
