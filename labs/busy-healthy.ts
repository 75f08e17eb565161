/**
 * A healthy service that works: the counterpart of the broken labs, over WebSocket and HTTP.
 *
 * Truth: 0.1 ms of CPU a message (`--work`), in five equal parts: parsing, arithmetic, sorting, matching and
 * hashing, so that no kind of work stands out, with little garbage. Nothing is kept from one message to the next:
 * no queue, no lock, no leak. A diagnosis that names a culprit here, while its objectives hold, is wrong: the answer is `none`.
 */
import { createHash } from 'node:crypto'
import { parseArgs } from 'node:util'
import { monotonicUs } from '../src/kernel/clock.js'
import { Random } from '../src/kernel/random.js'
import { parseDuration } from '../src/kernel/units.js'
import { serveExchanges } from './support/exchange.js'
import { exchangeOptions } from './support/program.js'

const { values } = parseArgs({
  options: { ...exchangeOptions, work: { type: 'string', default: '0.1ms' } },
})
const random = new Random(1)
const orderText = JSON.stringify({
  customer: random.text(20),
  lines: Array.from({ length: 8 }, () => ({ article: random.text(12), count: random.integer(1, 9) })),
})
const prices = Float64Array.from({ length: 256 }, () => random.next() * 100)
const stock = Int32Array.from({ length: 512 }, () => random.integer(0, 10_000))
const shelf = new Int32Array(stock.length)
const receipt = Buffer.from(random.text(4_096))
const address = `${random.text(400)} 12345 ${random.text(20)}`

const parseOrder = (): number => JSON.parse(orderText).lines.length
const matchAddress = (): number => Number(/\b\d{5} \w+/.test(address))
const hashReceipt = (): number => createHash('sha256').update(receipt).digest()[0]!
function sortStock(): number {
  shelf.set(stock)
  return shelf.sort()[0]!
}
function priceOrder(): number {
  let sum = 0
  for (const price of prices) sum += price * 1.19
  return sum
}

const shares = [parseOrder, priceOrder, sortStock, matchAddress, hashReceipt]
const shareUs = (parseDuration(values.work) * 1_000) / shares.length
/** The results are kept so that no compiler may leave the work out. */
const results = new Float64Array(shares.length)
const rounds = shares.map(calibrate)

/** Rounds of `work` that take one share of the time once the compiler is done with it: the fastest of many batches decides. */
function calibrate(work: () => number, index: number): number {
  const batch = 200
  let fastestUs = Number.POSITIVE_INFINITY
  const untilUs = monotonicUs() + 60_000
  while (monotonicUs() < untilUs) {
    const startUs = monotonicUs()
    for (let round = 0; round < batch; round++) results[index] = work()
    fastestUs = Math.min(fastestUs, monotonicUs() - startUs)
  }
  return Math.max(1, Math.round((shareUs * batch) / fastestUs))
}

serveExchanges(values, (exchange) => {
  for (const [index, work] of shares.entries()) {
    for (let round = rounds[index]!; round > 0; round--) results[index] = work()
  }
  exchange.answer()
})
