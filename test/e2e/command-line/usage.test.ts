import { writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { command, stackTrace, temporaryFolder } from '../support/command.js'

const url = 'ws://127.0.0.1:9'
const slo = ['--slo', 'p99 < 50ms']

describe('a mistake of the user', () => {
  it.each([
    ['an unknown option, with the near miss', ['run', url, '--conections', '5'], /--connections/],
    ['no argument', ['run'], /what/],
    ['an objective without a unit', ['run', url, '--slo', 'p99 < 50'], /no unit/],
    ['a target that is no URL or scenario', ['run', 'nonsense', ...slo], /neither a URL nor a scenario/],
    ['a run that is not there', ['report', 'nowhere'], /no run at nowhere/],
  ])('ends with exit 2, a hint and no stack trace: %s', async (_, args, message) => {
    const { code, out, err } = await command(args)
    expect(err).toMatch(message)
    expect(err).not.toMatch(stackTrace)
    expect(out).toBe('')
    expect(code).toBe(2)
  })

  it('is told by field, path and near miss in a scenario', async () => {
    const folder = temporaryFolder()
    writeFileSync(
      join(folder, 'chat.ts'),
      "import { defineScenario } from 'plimsoll'\nexport default defineScenario({ target: 'ws://127.0.0.1:9', load: { conections: 5 } } as never)\n",
    )
    const { code, err } = await command(['run', 'chat.ts', ...slo], {}, folder)
    expect(err).toContain("load.conections: unknown field; did you mean 'connections'?")
    expect(code).toBe(2)
  })

  it.each([
    ['throws', "() => { throw new Error('no user left') }", /no user left/],
    ['returns neither text nor bytes', '() => 7', /payload/],
  ])('is told of a payload function that %s', async (_, payload, message) => {
    const folder = temporaryFolder()
    writeFileSync(
      join(folder, 'chat.ts'),
      `export default { target: 'ws://127.0.0.1:9', traffic: { payload: ${payload} } }\n`,
    )
    const { code, err } = await command(['run', 'chat.ts', ...slo, '-r', '10'], {}, folder)
    expect(err).toMatch(message)
    expect(err).not.toMatch(stackTrace)
    expect(code).toBe(2)
  })

  it('is told of a run.json that is broken off or holds something else', async () => {
    const folder = temporaryFolder()
    for (const text of ['{"schema":"plimsoll.run/1"', '{"schema":"plimsoll.run/1"}']) {
      writeFileSync(join(folder, 'run.json'), text)
      const { code, err } = await command(['report', folder])
      expect(err).toMatch(/run\.json cannot be read/)
      expect(code).toBe(2)
    }
  })

  it('is told by file and line in a scenario that cannot be read', async () => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'broken.ts'), 'export default {\n  target: ,\n}\n')
    writeFileSync(join(folder, 'throws.ts'), "throw new Error('no such user')\n")
    const broken = await command(['run', 'broken.ts', ...slo], {}, folder)
    expect(broken.err).toMatch(/broken\.ts:2:\d+/)
    const throws = await command(['run', 'throws.ts', ...slo], {}, folder)
    expect(throws.err).toContain('no such user')
    expect([broken.code, throws.code]).toEqual([2, 2])
    expect(broken.err + throws.err).not.toMatch(stackTrace)
  })

  it('is told before the load starts where --out cannot be written', async () => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'file'), '')
    const { code, err } = await command(['run', url, ...slo, '--out', join(folder, 'file', 'run')])
    expect(err).toContain('cannot be kept')
    expect(code).toBe(2)
  })
})

describe('a target that is not there', () => {
  it('ends with exit 3 and says why', async () => {
    const { code, err, out } = await command(['run', url, ...slo, '-d', '1s'])
    expect(err + out).toMatch(/refused/)
    expect(err).not.toMatch(stackTrace)
    expect(code).toBe(3)
  })

  it.each([
    [
      'a command that ends at once',
      ['-e', "console.error('no database'); process.exit(7)"],
      /exit code 7[\s\S]*no database/,
    ],
    ['a program that does not exist', null, /no such program/],
  ])('ends with exit 3: %s', async (_, script, message) => {
    const target = script ? [process.execPath, ...script] : ['/no/such/program']
    const { code, err } = await command(['run', 'ws://127.0.0.1:9', ...slo, '--', ...target])
    expect(err).toMatch(message)
    expect(code).toBe(3)
  })

  it('ends with exit 3 where something else listens on the port of the command', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as { port: number }
    const { code, err } = await command([
      'run',
      `ws://127.0.0.1:${port}`,
      ...slo,
      '--',
      process.execPath,
      '-e',
      '0',
    ])
    server.close()
    expect(err).toContain('already listens')
    expect(code).toBe(3)
  })
})

describe('help and doctor', () => {
  it('shows examples for every command', async () => {
    for (const name of ['demo', 'run', 'report', 'init', 'doctor', 'completion']) {
      const { code, out } = await command([name, '--help'])
      expect(code).toBe(0)
      expect(out).toMatch(/Examples?:\n {2}plimsoll /)
    }
  })

  it('answers --version at once, and fits 80 columns without colour in a pipe', async () => {
    const { out } = await command(['--version'])
    expect(out).toMatch(/^\d+\.\d+\.\d+\n$/)
    const help = await command(['run', '--help'])
    expect(help.out).not.toContain('\u001b[')
  })

  it('names what would stop a test, and the fix', async () => {
    const good = await command(['doctor', '-c', '100'])
    expect(good.code).toBe(0)
    expect(good.out).toMatch(/✓ Node\.js/)
    const bad = await command(['doctor', '-c', '100000000'])
    expect(bad.code).toBe(4)
    expect(bad.out).toMatch(/✗ descriptors[\s\S]*ulimit|✗ descriptors[\s\S]*nofile/)
    expect(bad.out).toMatch(/✗ local ports/)
  })
})
