import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RunningProgram, root, startLab } from '../../integration/labs/lab-process.js'
import { command, temporaryFolder } from '../support/command.js'

let echo: RunningProgram
let load: string[]
beforeAll(async () => {
  echo = await startLab('echo')
  load = [
    'run',
    `ws://127.0.0.1:${echo.port}/`,
    '-r',
    '200/s',
    '-d',
    '4s',
    '--warmup',
    '1s',
    '--explore',
    '--slo',
    'p99 < 30s',
    '--profile',
    'none',
  ]
})
afterAll(async () => {
  await echo.stop()
})

const quoted = (word: string): string => `'${word}'`

/** Runs the command on a pseudo-terminal of 80 columns; all that it writes there. */
async function onTerminal(args: readonly string[], env: Readonly<Record<string, string>>): Promise<string> {
  const words = [process.execPath, join(root, 'bin/plimsoll.js'), ...args].map(quoted).join(' ')
  const terminal = spawn('script', ['-qec', `stty cols 80 rows 30; ${words}`, '/dev/null'], {
    cwd: temporaryFolder(),
    env: { ...process.env, TERM: 'xterm', NO_COLOR: '', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let text = ''
  terminal.stdout.setEncoding('utf8').on('data', (more: string) => {
    text += more
  })
  await once(terminal, 'close')
  return text.replaceAll('\r\n', '\n')
}

const esc = '\u001b'
const cursor = new RegExp(`${esc}\\[(\\d+)A\\r${esc}\\[J`)
const redraw = new RegExp(`(?=${esc}\\[\\d+A\\r)`)

/** What stands on the screen after each redraw. */
function screens(text: string): string[] {
  const drawn: string[] = []
  let rows = ['']
  for (const piece of text.split(redraw)) {
    const up = cursor.exec(piece)
    if (up) {
      drawn.push(rows.join('\n'))
      rows = [...rows.slice(0, rows.length - 1 - Number(up[1])), '']
    }
    const [first, ...rest] = piece.replace(cursor, '').split('\n')
    rows = [...rows.slice(0, -1), rows.at(-1)! + first!, ...rest]
  }
  return [...drawn, rows.join('\n')]
}

describe('the live view', { timeout: 60_000 }, () => {
  it('redraws in place on a terminal, within its columns, and leaves only the result', async () => {
    const all = screens(await onTerminal(load, { NO_COLOR: '1' }))
    expect(all.length).toBeGreaterThan(5)
    const last = all.at(-1)!
    expect(last).toMatch(/○ EXPLORATORY/)
    expect(last).not.toMatch(/left$/m)
    expect(last).not.toContain('\u001b')
    const live = all.findLast((screen) => /^Measuring /m.test(screen))!
    for (const row of [
      /^Measuring {2}━+╌* [34] s of 4 s, [01] s left$/m,
      /^Response {3}p50 .+ · p99 .+ · p99\.9 /m,
      /^p99 {8}[▁▂▃▄▅▆▇█]{2,} .+ to .+ in \d s$/m,
      /^Rate {7}offered 200\/s · dispatched \d+\/s · achieved \d+\/s$/m,
      /^Errors {5}no errors$/m,
      /^Target {5}CPU .+ of a core · 10 of 10 connections$/m,
    ])
      expect(live).toMatch(row)
    const rows = all
      .flatMap((screen) => screen.split('\n'))
      .filter((line) => /^(Warming|Measuring|Response|p99|Rate|Errors|Target) /.test(line))
    expect(Math.max(...rows.map((line) => [...line].length))).toBeLessThan(80)
  })

  it('is plain lines on a terminal with --every, and on one that cannot redraw', async () => {
    const [every, dumb] = await Promise.all([
      onTerminal([...load, '--every', '1s'], {}),
      onTerminal(load, { TERM: 'dumb' }),
    ])
    for (const text of [every, dumb]) {
      expect(text).not.toMatch(redraw)
      expect(text).toMatch(
        /^(Warming up|Measuring) .* left: offered 200\/s · dispatched .* of 10 connections$/m,
      )
    }
    expect(every.match(/^Measuring /gm)!.length).toBeGreaterThanOrEqual(3)
    expect(dumb).not.toContain('\u001b')
  })

  it('is plain lines in a pipe, as often as --every says', async () => {
    const [often, seldom] = await Promise.all(['1s', '1m'].map((time) => command([...load, '--every', time])))
    const { err } = often!
    expect(err).not.toContain('\u001b')
    expect(err.match(/^(Warming up|Measuring) /gm)!.length).toBeGreaterThanOrEqual(4)
    expect(seldom!.err.match(/^(Warming up|Measuring) /gm)).toHaveLength(1)
  })

  it.each([
    ['no time', 'often'],
    ['a time of nothing', '0s'],
  ])('takes %s for a mistake', async (_, time) => {
    expect((await command([...load, '--every', time])).code).toBe(2)
  })
})
