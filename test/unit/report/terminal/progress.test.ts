import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Progress } from '../../../../src/report/terminal/progress.js'
import { type ProgressSnapshot, progressLine } from '../../../../src/report/terminal/progress-lines.js'

const snapshot: ProgressSnapshot = {
  atSeconds: 14,
  phase: 'measured',
  phaseElapsedSeconds: 9,
  phaseSeconds: 30,
  sessions: false,
  offeredRate: 5_000,
  dispatchedRate: 5_000,
  achievedRate: 4_980,
  p50Ms: 1.62,
  p99Ms: 38.4,
  p999Ms: 120,
  p99History: [10, 10, 20, 10, null, 80],
  errors: 0,
  openConnections: 1_000,
  connections: 1_000,
  targetCpuPercent: 84,
}

const esc = '\u001b'
const tokens = new RegExp(`${esc}\\[[0-9]*[A-Z]|[\\r\\n]|[^${esc}\\r\\n]+`, 'g')
const cursorUp = new RegExp(`^${esc}\\[([0-9]+)A$`)

class Recorder {
  readonly writes: string[] = []
  readonly columns: number

  constructor(columns = 80) {
    this.columns = columns
  }

  write(text: string): void {
    this.writes.push(text)
  }

  /** What a terminal would show: understands the codes that Progress uses, and rejects others. */
  screen(): string[] {
    const rows: string[] = ['']
    let row = 0
    for (const token of this.writes.join('').match(tokens) ?? []) {
      const up = cursorUp.exec(token)
      if (up) row -= Number(up[1])
      else if (token === '\u001b[J') {
        rows.length = row
        rows[row] = ''
      } else if (token === '\n') rows[++row] ??= ''
      else if (token !== '\r') {
        expect(token).not.toContain('\u001b')
        rows[row] += token
      }
    }
    return rows
  }
}

const onTerminal = { colors: false, redraw: true, plainEverySeconds: 5 }
const toPipe = { ...onTerminal, redraw: false }

describe('Progress on a terminal', () => {
  it('redraws its lines in place', () => {
    const stream = new Recorder()
    const progress = new Progress(stream, onTerminal)
    progress.update({ ...snapshot, phaseElapsedSeconds: 8, errors: 2, p99History: [] })
    progress.update(snapshot)
    expect(stream.screen()).toEqual([
      'Measuring  ━━━━━━╌╌╌╌╌╌╌╌╌╌╌╌╌╌ 9 s of 30 s, 21 s left',
      'Response   p50 1.62 ms · p99 38.4 ms · p99.9 120 ms',
      'p99        ▁▁▃▁ █ 10 ms to 80 ms in 6 s',
      'Rate       offered 5,000/s · dispatched 5,000/s · achieved 4,980/s',
      'Errors     no errors',
      'Target     CPU 84 % of a core · 1,000 of 1,000 connections',
      '',
    ])
  })

  it('keeps messages above, and leaves nothing of itself behind', () => {
    const stream = new Recorder()
    const progress = new Progress(stream, onTerminal)
    progress.update(snapshot)
    progress.message('attached to pid 4242\u001b[2J')
    expect(stream.screen()[0]).toBe('attached to pid 4242·[2J')
    expect(stream.screen()[1]).toContain('Measuring')
    progress.done()
    progress.done()
    expect(stream.screen()).toEqual(['attached to pid 4242·[2J', ''])
  })

  it('writes no line as wide as the terminal, whatever the figures', () => {
    const huge = fc.double({ min: 0, max: 1e9, noNaN: true })
    const some = fc.record({
      errors: fc.nat(1e9),
      offeredRate: fc.option(huge),
      dispatchedRate: huge,
      achievedRate: huge,
      p999Ms: huge,
      targetCpuPercent: fc.option(fc.double({ min: 0, max: 6_400, noNaN: true })),
      p99History: fc.array(fc.option(fc.double({ min: 0.001, max: 1e6, noNaN: true })), { maxLength: 60 }),
      sessions: fc.boolean(),
    })
    fc.assert(
      fc.property(some, fc.constantFrom(24, 40, 80, 120), (figures, columns) => {
        const stream = new Recorder(columns)
        new Progress(stream, onTerminal).update({ ...snapshot, ...figures })
        for (const line of stream.screen()) expect([...line].length).toBeLessThan(columns)
      }),
    )
  })

  it('fits all that it says into 80 columns of a busy run', () => {
    const stream = new Recorder(80)
    const p99History = Array.from({ length: 40 }, (_, second) => 10 + second)
    new Progress(stream, onTerminal).update({ ...snapshot, p99History, errors: 12_345, offeredRate: 123_456 })
    expect(stream.screen().join('')).not.toContain('…')
    expect(stream.screen()[2]).toMatch(/^p99 {8}[▁▂▃▄▅▆▇█]{40} 10 ms to 49 ms in 40 s$/)
  })

  it('shows no end where nobody knows it, and connections while they open', () => {
    const stream = new Recorder()
    new Progress(stream, onTerminal).update({
      ...snapshot,
      phase: 'connecting',
      phaseSeconds: null,
      openConnections: 412,
      targetCpuPercent: null,
    })
    expect(stream.screen()).toEqual([
      'Connecting 9 s',
      'Errors     no errors',
      'Target     412 of 1,000 connections',
      '',
    ])
  })

  it('tells arrivals of sessions from the replies in them', () => {
    const stream = new Recorder()
    const sessions = { sessions: true, offeredRate: 50, dispatchedRate: 49, connections: null }
    new Progress(stream, onTerminal).update({ ...snapshot, ...sessions, openConnections: 611 })
    expect(stream.screen()[3]).toBe('Rate       sessions offered 50/s · begun 49/s · replies 4,980/s')
    expect(stream.screen()[5]).toBe('Target     CPU 84 % of a core · 611 connections')
  })

  it('colours errors only, and only where colours are wanted', () => {
    const colored = new Recorder()
    new Progress(colored, { ...onTerminal, colors: true }).update({ ...snapshot, errors: 3 })
    expect(colored.writes.join('')).toContain(`${esc}[33m3 errors`)
    const plain = new Recorder()
    new Progress(plain, onTerminal).update({ ...snapshot, errors: 3 })
    expect(plain.writes.join('')).not.toContain(esc)
  })
})

describe('Progress to a pipe', () => {
  it('writes a plain line at most every few seconds', () => {
    const stream = new Recorder()
    const progress = new Progress(stream, toPipe)
    for (let at = 0; at <= 12; at += 0.25)
      progress.update({ ...snapshot, atSeconds: at, phaseElapsedSeconds: at })
    progress.done()
    expect(stream.writes).toHaveLength(3)
    expect(stream.writes[1]).toBe(
      'Measuring 5 s of 30 s, 25 s left: offered 5,000/s · dispatched 5,000/s · achieved 4,980/s · p50 1.62 ms · p99 38.4 ms · p99.9 120 ms · no errors · target CPU 84 % · 1,000 of 1,000 connections\n',
    )
  })

  it('writes messages at once', () => {
    const stream = new Recorder()
    new Progress(stream, toPipe).message('one error')
    expect(stream.writes).toEqual(['one error\n'])
  })

  it('says what there is of a run without replies, rate or a watched target', () => {
    const bare = { offeredRate: null, p50Ms: null, p99Ms: null, p999Ms: null, targetCpuPercent: null }
    expect(progressLine({ ...snapshot, ...bare, phaseSeconds: null })).toBe(
      'Measuring 9 s: dispatched 5,000/s · achieved 4,980/s · no replies yet · no errors · 1,000 of 1,000 connections',
    )
  })
})
