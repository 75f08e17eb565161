import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { reportError, runCommandLine } from '../../../src/cli/command-line.js'
import { PlimsollError } from '../../../src/kernel/errors.js'
import { makeReportData } from '../../fixtures/report-data.js'
import { fakeWorld } from './fake-world.js'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'plimsoll-cli-'))
  writeFileSync(join(folder, 'run.json'), JSON.stringify(makeReportData().run))
})
afterAll(() => rmSync(folder, { recursive: true }))

const escapeCode = '\u001b['

describe('colour', () => {
  it.each([
    ['on a terminal', true, {}, true],
    ['with NO_COLOR', true, { NO_COLOR: '1' }, false],
    ['with an empty NO_COLOR, which does not count', true, { NO_COLOR: '' }, true],
    ['on a dumb terminal', true, { TERM: 'dumb' }, false],
    ['in a pipe', false, {}, false],
  ])('%s', async (_, isTTY, env, coloured) => {
    const { world, texts } = fakeWorld(folder, isTTY, env)
    expect(await runCommandLine(['report', folder], world)).toBe(0)
    expect(texts.out.includes(escapeCode)).toBe(coloured)
    expect(await runCommandLine(['doctor'], world)).toBeLessThanOrEqual(4)
    expect(texts.out.includes(escapeCode)).toBe(coloured)
  })
})

describe('errors', () => {
  it('of the user have a message, a hint and their exit code', () => {
    const { world, texts } = fakeWorld(folder)
    const code = reportError(new PlimsollError('TARGET_UNREACHABLE', 'Nobody is there.'), world)
    expect(texts.err).toBe('plimsoll: Nobody is there.\n  Is the service running, and is this its address?\n')
    expect(code).toBe(3)
  })

  it('of our own keep their stack trace, and end with 70', () => {
    const { world, texts } = fakeWorld(folder)
    expect(reportError(new TypeError('x is not a function'), world)).toBe(70)
    expect(texts.err).toMatch(/x is not a function\n\s+at [\s\S]*bug of Plimsoll/)
    expect(reportError('a thrown text', world)).toBe(70)
    expect(texts.err).toContain('a thrown text')
  })

  it('of the command line end with 2, on standard error', async () => {
    const { world, texts } = fakeWorld(folder)
    expect(await runCommandLine(['run', 'ws://127.0.0.1:9', '--explor'], world)).toBe(2)
    expect(texts.err).toMatch(/unknown option '--explor'[\s\S]*--explore/)
    expect(texts.out).toBe('')
  })
})
