import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { runCommandLine } from '../../../src/cli/command-line.js'
import { fakeWorld } from './fake-world.js'

const url = 'ws://127.0.0.1:9'
const slo = ['--slo', 'p99 < 50ms']
const stackTrace = /^\s+at .*:\d+:\d+\)?$/m
const folder = mkdtempSync(join(tmpdir(), 'plimsoll-mistakes-'))
afterAll(() => rmSync(folder, { recursive: true }))

describe('a mistake on the command line', () => {
  it.each([
    ['an unknown option, with the near miss', ['run', url, '--conections', '5'], /--connections/],
    ['an unknown command, with the near miss', ['rnu', url], /run/],
    ['no argument', ['run'], /what/],
    ['a wrong unit', ['run', url, ...slo, '-d', '5 parsecs'], /unit 'parsecs'/],
    ['a bare duration', ['run', url, ...slo, '-d', '30'], /not a duration/],
    ['a bad rate', ['run', url, ...slo, '-r', 'fast'], /not a rate/],
    ['a bad number', ['run', url, ...slo, '-c', 'many'], /--connections takes a whole number/],
    ['no objective and no --explore', ['run', url], /--explore/],
    ['an objective without a unit', ['run', url, '--slo', 'p99 < 50'], /no unit/],
    ['an objective with a near miss', ['run', url, '--slo', 'erors < 1%'], /'errors'/],
    ['a comma in a percentile', ['run', url, '--slo', 'p99,9 < 1s'], /p99\.9/],
    ['a bad header', ['run', url, ...slo, '-H', 'nonsense'], /not a header/],
    ['a bad choice, with the near miss', ['run', url, ...slo, '--arrival', 'poison'], /'poisson'/],
    ['a bad reply rule', ['run', url, ...slo, '--reply', 'fifi'], /'fifo'/],
    ['--reply none in the closed model', ['run', url, ...slo, '--reply', 'none'], /-r/],
    ['no connection', ['run', url, ...slo, '-c', '0'], /at least 1, not '0'/],
    ['half a worker', ['run', url, ...slo, '--workers', '1.5'], /--workers .* not '1.5'/],
    ['a negative seed', ['run', url, ...slo, '--seed', '-1'], /--seed .* not '-1'/],
    ['a rate of nothing', ['run', url, ...slo, '-r', '0'], /The rate must be above 0/],
    [
      'a connect rate of nothing',
      ['run', url, ...slo, '--connect-rate', '0'],
      /rate of connections must be above 0/,
    ],
    ['a duration of nothing', ['run', url, ...slo, '-d', '0s'], /The duration must be above 0/],
    ['a timeout of nothing', ['run', url, ...slo, '--timeout', '0s'], /The timeout must be above 0/],
    ['no command after --', ['run', url, ...slo, '--'], /no command after --/],
    ['too many arguments', ['run', url, 'more', ...slo], /too many arguments/],
    ['a reply rule for HTTP', ['run', 'http://127.0.0.1:9', ...slo, '--reply', 'fifo'], /HTTP pairs replies/],
    ['a port that cannot be', ['run', 'ws://127.0.0.1:99999', ...slo], /is not a URL/],
    [
      'a public IPv6 address',
      ['run', 'ws://[2001:4860:4860::8888]', ...slo],
      /neither a loopback nor a private/,
    ],
    [
      'another host allowed than the one named',
      ['run', 'http://93.184.215.14:81', ...slo, '--allow-host', '8.8.8.8'],
      /neither a loopback/,
    ],
    ['a folder where none can be made', ['run', url, ...slo, '--out', '/proc/x/y'], /cannot be kept/],
    ['a payload file that is not there', ['run', url, ...slo, '--payload', '@missing'], /missing/],
    ['a target that is no URL or scenario', ['run', 'nonsense', ...slo], /neither a URL nor a scenario/],
    ['a protocol that is not there', ['run', 'gopher://127.0.0.1', ...slo], /gopher/],
    ['a public address', ['run', 'ws://93.184.216.34', ...slo], /--allow-host 93\.184\.216\.34/],
    ['a scenario that is not there', ['run', 'missing.ts', ...slo], /missing\.ts/],
    ['a process that is not there', ['run', url, ...slo, '--observe', '4194304'], /no process/],
    ['a format that is not there', ['report', '.', '--format', 'htm'], /'html'/],
    ['a run that is not there', ['report', 'nowhere'], /no run at nowhere/],
    ['a bad number for the doctor', ['doctor', '-c', 'x'], /whole number/],
  ])('ends with exit 2, a hint and no stack trace: %s', async (_, args, message) => {
    const { world, texts } = fakeWorld(folder)
    const code = await runCommandLine(args, world)
    expect(texts.err).toMatch(message)
    expect(texts.err).not.toMatch(stackTrace)
    expect(texts.out).toBe('')
    expect(code).toBe(2)
  })
})
