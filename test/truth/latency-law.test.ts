import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type Law, lawQuantile } from '../../labs/latency-law.js'
import { labCertificates } from '../../labs/support/certificates.js'
import { startLab } from '../integration/labs/lab-process.js'
import { isFull, note, type PercentileName, percentiles, plimsoll } from './support.js'

/** A whole number of the law's cycles of 1,000 lies in the window, and 37 connections share no factor with it. */
const rate = 500
const durationS = isFull ? 20 : 4
const warmup = isFull ? '2s' : '500ms'
const connections = 37

const certificates = mkdtempSync(join(tmpdir(), 'plimsoll-law-'))

/** Beside a jump of the law, one message more or less decides which side a percentile falls on. */
const onJump: Readonly<Record<Law, readonly PercentileName[]>> = { bimodal: ['p90'], heavy: [] }

describe.each([
  ['bimodal', 'ws', 1],
  // What stands alone at full length is part of the others in the short form.
  ...(isFull
    ? ([
        ['heavy', 'ws', 1],
        ['heavy', 'http', 1],
        ['heavy', 'https', 1],
      ] as const)
    : []),
  ['heavy', 'ws', 2],
  ['bimodal', 'http', 2],
  ['heavy', 'wss', 1],
  ['heavy', 'ws with deflate', 1],
] as const)('replies by the %s law over %s with %d workers', (law, scheme, workers) => {
  it('come out with its percentiles', { timeout: 120_000 }, async () => {
    const isTls = scheme === 'wss' || scheme === 'https'
    const compression = scheme === 'ws with deflate' ? ['--compression'] : []
    // The lab dates a message once it is inflated and its reply before it is deflated, both on the thread pool.
    const codecMs = compression.length > 0 ? 0.5 : 0
    const lab = await startLab(
      'latency-law',
      ...['--law', law, ...(isTls ? ['--tls', certificates] : []), ...compression],
    )
    const { run } = await plimsoll([
      ...[`${scheme.split(' ')[0]}://127.0.0.1:${lab.port}/`, ...compression],
      ...['-c', String(connections), '-r', String(rate), '-d', `${durationS}s`, '--warmup', warmup],
      ...['--workers', String(workers), '--explore', '--profile', 'none'],
      ...(scheme.startsWith('http') ? ['-m', 'POST'] : []),
      ...(isTls ? ['--ca', labCertificates(certificates).ca.cert] : []),
    ])
    await lab.stop()
    const { service } = run.metrics
    const { floor } = run.generator
    expect(run.counters.errors.total).toBe(0)
    expect(service!.count).toBe(rate * durationS)
    // The messages are 64 bytes long and much alike.
    if (compression.length > 0) expect(run.counters.bytesSent / run.counters.sent).toBeLessThan(40)
    for (const [name, q] of Object.entries(percentiles)) {
      if (onJump[law].includes(name as PercentileName)) continue
      const measured = service![name as PercentileName]
      const truth = lawQuantile(law, q)
      note(`law ${law} over ${scheme}, ${workers} worker(s)`, {
        percentile: name,
        measured,
        truth,
        floorP99: floor!.p99,
      })
      // At full length the machine is ours alone; in the tests others may run, and a burst of noise moves any percentile.
      const noise = isFull ? (q < 0.99 ? floor!.p99 : floor!['p99.9']) + 0.2 + codecMs : floor!['p99.9'] + 2
      expect(measured, `${name}: ${measured} ms, law ${truth} ms`).toBeGreaterThanOrEqual(truth * 0.98 - 0.1)
      expect(measured, `${name}: ${measured} ms, law ${truth} ms`).toBeLessThanOrEqual(truth * 1.02 + noise)
    }
  })
})
