import { describe, expect, it } from 'vitest'
import { Progress, type ProgressSnapshot } from '../../../../src/report/terminal/progress.js'

const snapshot: ProgressSnapshot = {
  atSeconds: 14,
  phase: 'measured',
  phaseElapsedSeconds: 9,
  phaseSeconds: 30,
  offeredRate: 5_000,
  achievedRate: 4_980,
  p50Ms: 1.62,
  p99Ms: 38.4,
  errors: 0,
  openConnections: 1_000,
  connections: 1_000,
}

const esc = '\u001b'
const tokens = new RegExp(`${esc}\\[[0-9]*[A-Z]|[\\r\\n]|[^${esc}\\r\\n]+`, 'g')
const cursorUp = new RegExp(`^${esc}\\[([0-9]+)A$`)

class Recorder {
  readonly writes: string[] = []
  readonly isTTY: boolean
  readonly columns: number

  constructor(isTTY: boolean, columns = 80) {
    this.isTTY = isTTY
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

const options = { colors: false, plainEverySeconds: 5 }

describe('Progress on a terminal', () => {
  it('redraws its two lines in place', () => {
    const stream = new Recorder(true)
    const progress = new Progress(stream, options)
    progress.update({ ...snapshot, phaseElapsedSeconds: 8, errors: 2 })
    progress.update(snapshot)
    expect(stream.screen()).toEqual(
      [
        'Measuring  ━━━━━━╌╌╌╌╌╌╌╌╌╌╌╌╌╌ 9 s of 30 s, 21 s left',
        '4,980/s of 5,000/s · p50 1.62 ms · p99 38.4 ms · no errors · 1,000 of 1,000 con…',
        '',
      ].map((line) => (line.length > 79 ? `${line.slice(0, 78)}…` : line)),
    )
  })

  it('keeps messages above, and leaves nothing of itself behind', () => {
    const stream = new Recorder(true)
    const progress = new Progress(stream, options)
    progress.update(snapshot)
    progress.message('attached to pid 4242\u001b[2J')
    expect(stream.screen()[0]).toBe('attached to pid 4242·[2J')
    expect(stream.screen()[1]).toContain('Measuring')
    progress.done()
    progress.done()
    expect(stream.screen()).toEqual(['attached to pid 4242·[2J', ''])
  })

  it('writes no line as wide as the terminal', () => {
    for (const columns of [24, 40, 80, 120]) {
      const stream = new Recorder(true, columns)
      new Progress(stream, options).update({ ...snapshot, errors: 123_456 })
      for (const line of stream.screen()) expect([...line].length).toBeLessThan(columns)
    }
  })

  it('shows no end where nobody knows it, and connections while they open', () => {
    const stream = new Recorder(true)
    new Progress(stream, options).update({
      ...snapshot,
      phase: 'connecting',
      phaseSeconds: null,
      openConnections: 412,
    })
    expect(stream.screen().slice(0, 2)).toEqual(['Connecting 9 s', '412 of 1,000 connections · no errors'])
  })
})

describe('Progress to a pipe', () => {
  it('writes a plain line at most every few seconds', () => {
    const stream = new Recorder(false)
    const progress = new Progress(stream, { ...options, colors: true })
    for (let at = 0; at <= 12; at += 0.25)
      progress.update({ ...snapshot, atSeconds: at, phaseElapsedSeconds: at })
    progress.done()
    expect(stream.writes).toHaveLength(3)
    expect(stream.writes[1]).toBe(
      'Measuring 5 s of 30 s, 25 s left: 4,980/s of 5,000/s · p50 1.62 ms · p99 38.4 ms · no errors · 1,000 of 1,000 connections\n',
    )
  })

  it('writes messages at once', () => {
    const stream = new Recorder(false)
    new Progress(stream, options).message('one error')
    expect(stream.writes).toEqual(['one error\n'])
  })
})
