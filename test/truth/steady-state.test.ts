import { describe, expect, it } from 'vitest'
import { startLab } from '../integration/labs/lab-process.js'
import { isFull, note, plimsoll } from './support.js'

const slowS = isFull ? 12 : 5
const durationS = isFull ? 20 : 12
const runs = isFull ? 10 : 1
/** Beside other work the speeds are further above the machine's noise. */
const speeds = isFull ? [] : ['--fast', '20ms', '--slow', '200ms']

const autoWarmUp = (port: number) =>
  plimsoll([
    `ws://127.0.0.1:${port}/`,
    ...['-c', '20', '-r', '300/s', '-d', `${durationS}s`],
    ...['--warmup', 'auto', '--explore', '--profile', 'none'],
  ])

describe.concurrent('--warmup auto', () => {
  it('cuts where a target that starts slow becomes steady', { timeout: runs * 60_000 }, async () => {
    let near = 0
    for (let run = 0; run < runs; run++) {
      const lab = await startLab('warming', '--slow-for', `${slowS}s`, ...speeds)
      const finished = await autoWarmUp(lab.port)
      await lab.stop()
      const { warmup } = finished.run.load
      if (warmup.established === true && Math.abs(warmup.seconds - slowS) <= 3) near++
      note('slow start', {
        truthSeconds: slowS,
        cut: warmup.seconds,
        established: String(warmup.established),
      })
    }
    expect(near).toBeGreaterThanOrEqual(0.9 * runs)
  })

  it('says that a target which drifts for ever is not steady', { timeout: runs * 60_000 }, async () => {
    let refused = 0
    for (let run = 0; run < runs; run++) {
      const lab = await startLab('warming', '--slow-for', '0s', '--drift', '10', ...speeds)
      const finished = await autoWarmUp(lab.port)
      await lab.stop()
      if (finished.run.load.warmup.established === false) {
        refused++
        expect(finished.run.generator.verdict).not.toBe('valid')
        expect(finished.run.generator.reasons.map(({ code }) => code)).toContain(
          'steady-state-not-established',
        )
      }
      note('drift for ever', {
        established: String(finished.run.load.warmup.established),
        cut: finished.run.load.warmup.seconds,
      })
    }
    expect(refused).toBeGreaterThanOrEqual(0.9 * runs)
  })
})
