import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CpuProfile } from '../../../src/profiling/cpu-profile.js'
import { isAlive } from '../../../src/target/describe-process.js'
import { goProfile } from '../../unit/profiling/pprof/go-profile.js'
import { isInstalled, stackTrace } from '../support/command.js'

const root = new URL('../../../', import.meta.url).pathname
const folder = mkdtempSync(join(tmpdir(), 'plimsoll-profile-'))
const script = join(folder, 'busy.cjs')
const source = `
const server = require('node:http').createServer((_, response) => response.end())
server.listen(0, '127.0.0.1', () => console.log(server.address().port))
function serialize() { const end = Date.now() + 15; while (Date.now() < end) JSON.stringify(Array(2000).fill({ a: 1 })) }
setInterval(serialize, 30)
`
let target: ChildProcess
let port = ''

beforeAll(async () => {
  writeFileSync(script, source)
  target = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'ignore'] })
  const [line] = await once(target.stdout!, 'data')
  port = String(line).trim()
})
afterAll(() => {
  target.kill()
  rmSync(folder, { recursive: true, force: true })
})

async function plimsoll(args: readonly string[], interruptWhen: RegExp | null = null) {
  const child = spawn(process.execPath, [join(root, 'bin/plimsoll.js'), 'profile', ...args], { cwd: folder })
  return await finished(child, interruptWhen)
}

async function finished(child: ChildProcessWithoutNullStreams, interruptWhen: RegExp | null = null) {
  let out = ''
  let err = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    const before = interruptWhen?.test(err) ?? true
    err += text
    if (!before && interruptWhen?.test(err)) setTimeout(() => child.kill('SIGINT'), 1_000)
  })
  const [code] = await once(child, 'close')
  return { code: code as number, out, err }
}

describe('plimsoll profile', () => {
  it('profiles who listens on a port, in all formats, and leaves it running', async () => {
    const formats = 'html,cpuprofile,speedscope,collapsed,pprof'
    const { code, out } = await plimsoll([`:${port}`, '--seconds', '2', '--format', formats, '--out', 'all'])
    expect(code).toBe(0)
    expect(out).toContain('by inspector')
    expect(out).toMatch(/hottest\n.*serialize .*busy\.cjs:4/)
    expect(readdirSync(join(folder, 'all')).sort()).toEqual([
      'cpu.collapsed',
      'cpu.cpuprofile',
      'cpu.pb.gz',
      'cpu.speedscope.json',
      'profile.html',
    ])
    expect(readFileSync(join(folder, 'all/cpu.collapsed'), 'utf8')).toContain('serialize')
    expect(isAlive(target.pid!)).toBe(true)
  })

  it('reads a file again, and writes nothing else to a pipe', async () => {
    const { code, out, err } = await plimsoll(['all/cpu.pb.gz', '--format', 'collapsed', '--out', '-'])
    expect(code).toBe(0)
    for (const line of out.trim().split('\n')) expect(line).toMatch(/ \d+$/)
    expect(err).toContain('written to standard output')
  })

  it.each(['cut.cpuprofile', 'package.json', 'empty.cpuprofile'])(
    'says what is wrong with a file: %s',
    async (name) => {
      const whole = readFileSync(join(folder, 'all/cpu.cpuprofile'), 'utf8')
      const contents: Readonly<Record<string, readonly [text: string, message: RegExp]>> = {
        'cut.cpuprofile': [whole.slice(0, whole.length / 2), /its JSON is damaged or cut off/],
        'package.json': ['{"name":"shop"}', /nodes is not a list/],
        'empty.cpuprofile': ['', /it is empty/],
      }
      const [text, message] = contents[name]!
      writeFileSync(join(folder, name), text)
      const { code, out, err } = await plimsoll([name])
      expect(err).toContain(`${name} cannot be read as a profile`)
      expect(err).toMatch(message)
      expect(err).not.toMatch(stackTrace)
      expect([code, out]).toEqual([2, ''])
    },
  )

  it('keeps what it had when it is interrupted', async () => {
    const args = [String(target.pid), '--seconds', '60', '--out', 'early.html']
    const { code, out } = await plimsoll(args, /Profiling for/)
    expect(code).toBe(130)
    expect(out).toContain('serialize')
    expect(readFileSync(join(folder, 'early.html'), 'utf8')).toContain('serialize')
    expect(isAlive(target.pid!)).toBe(true)
  })

  it.each([
    [['99999999'], 3, /There is no process 99999999/],
    [[':1'], 3, /Nobody listens on port 1/],
    [['http://127.0.0.1:1'], 4, /No inspector answers/],
    [['http://127.0.0.1:1/debug/pprof/profile'], 4, /cannot be fetched.*\n.*net\/http\/pprof/],
    [['http://8.8.8.8/debug/pprof/profile'], 2, /--allow-host/],
    [['busy.cjs'], 2, /cannot be read as a profile/],
    [['gone.cpuprofile'], 2, /ENOENT/],
    [['word'], 2, /neither a process/],
    [['1', '--seconds', '0'], 2, /--seconds takes/],
    [['1', '--format', 'svg'], 2, /html, cpuprofile/],
    [['1', '--kind', 'all'], 2, /cpu, heap, kernel/],
  ] as const)('says what to do about %j', async (args, code, message) => {
    const result = await plimsoll(args)
    expect(result.err).toMatch(message)
    expect(result.code).toBe(code)
  })
})

/** Only root has something that can be taken away. */
const canDrop = process.getuid?.() === 0 && isInstalled('setpriv') && isInstalled('perf')

describe(`plimsoll profile without permission${canDrop ? '' : ', which only root with setpriv and perf can try'}`, () => {
  it.runIf(canDrop)('says what perf lacks, and leaves the process running', async () => {
    const program = [process.execPath, join(root, 'bin/plimsoll.js')]
    const dropped = ['--bounding-set', '-sys_admin,-perfmon,-sys_ptrace', ...program]
    const { code, err } = await finished(
      spawn('setpriv', [...dropped, 'profile', String(target.pid), '--kind', 'kernel', '--seconds', '1'], {
        cwd: folder,
      }),
    )
    expect(err).toMatch(/no permission|perf_event_paranoid/)
    expect(err).toMatch(/CAP_PERFMON|sysctl|root/)
    expect(err).not.toMatch(stackTrace)
    expect(code).toBe(4)
    expect(isAlive(target.pid!)).toBe(true)
  })
})

describe('plimsoll profile by URL', () => {
  let inspected: ChildProcess
  let socketUrl = ''

  beforeAll(async () => {
    inspected = spawn(process.execPath, ['--inspect=127.0.0.1:0', script], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let said = ''
    inspected.stderr!.setEncoding('utf8')
    for await (const text of inspected.stderr!.iterator({ destroyOnReturn: false })) {
      said += text
      socketUrl = /ws:\S+(?=\n)/.exec(said)?.[0] ?? ''
      if (socketUrl !== '') break
    }
    inspected.stderr!.resume()
  })
  afterAll(() => {
    inspected.kill()
  })

  it('profiles the process of an inspector, by its socket and by its address', async () => {
    for (const url of [socketUrl, `http://${new URL(socketUrl).host}`]) {
      const { code, out, err } = await plimsoll([
        url,
        '--seconds',
        '1',
        '--format',
        'cpuprofile',
        '--out',
        'url',
      ])
      expect([code, err.match(/Error|warning/)]).toEqual([0, null])
      expect(out).toContain(`process ${inspected.pid} at ${new URL(socketUrl).host}`)
      expect(out).toMatch(/hottest\n.*serialize .*busy\.cjs:4/)
      const { nodes } = JSON.parse(readFileSync(join(folder, 'url/cpu.cpuprofile'), 'utf8')) as CpuProfile
      expect(nodes.map(({ callFrame }) => callFrame.functionName)).toContain('serialize')
      expect(isAlive(inspected.pid!)).toBe(true)
    }
  })

  it('asks a Go service for its profile', async () => {
    const asked: string[] = []
    const service = createServer(({ url }, response) => {
      asked.push(url!)
      response.end(goProfile)
    }).listen(0, '127.0.0.1')
    await once(service, 'listening')
    const url = `http://127.0.0.1:${(service.address() as AddressInfo).port}/debug/pprof/`
    const { code, out } = await plimsoll([
      url,
      '--seconds',
      '2',
      '--format',
      'collapsed',
      '--out',
      'go.collapsed',
    ])
    service.close()
    expect(asked).toEqual(['/debug/pprof/profile?seconds=2'])
    expect(code).toBe(0)
    expect(out).toContain('by pprof, 2.0 s')
    expect(out).toMatch(/hottest\n\s+70 ?%\s+main\.spendSeven/)
    expect(readFileSync(join(folder, 'go.collapsed'), 'utf8')).toMatch(
      /^main\.main .*;main\.spendSeven .* 700000$/m,
    )
  })
})
