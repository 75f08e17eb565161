import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isAlive } from '../../../src/target/describe-process.js'

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
