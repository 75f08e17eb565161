import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { freePort } from '../../../src/target/free-port.js'
import { root } from '../../integration/labs/lab-process.js'
import { command, parseRun, stackTrace, temporaryFolder } from '../support/command.js'

const templates = ['chat', 'shop', 'http']

/** The command that `init` recommends for the service that comes with Plimsoll, as words. */
const recommended = (out: string): string[] => /plimsoll (run .* -- .*)/.exec(out)![1]!.split(' ')

describe('plimsoll init', () => {
  it.each(templates)('writes a scenario that runs as it is: %s', { timeout: 60_000 }, async (template) => {
    const folder = temporaryFolder()
    const written = await command(['init', '--template', template], {}, folder)
    expect([written.code, written.err]).toEqual([0, ''])
    const dry = await command(['run', `${template}.ts`, '--dry'], {}, folder)
    expect([dry.code, dry.err]).toEqual([0, ''])

    const port = await freePort()
    const variable = { chat: 'CHAT_URL', shop: 'SHOP_URL', http: 'API_URL' }[template]!
    const source = readFileSync(join(folder, `${template}.ts`), 'utf8')
    const address = /'((?:ws|http):\/\/127\.0\.0\.1:8080[^']*)'/
      .exec(source)![1]!
      .replace('8080', String(port))
    const [, what, ...rest] = recommended(written.out)
    const target = rest.slice(rest.indexOf('--')).map((word) => (word === '8080' ? String(port) : word))
    const short = ['-d', template === 'shop' ? '3s' : '2s', ...(template === 'http' ? ['-r', '100/s'] : [])]
    const finished = await command(
      ['run', what!, '--json', '--warmup', '500ms', '--profile', 'none', ...short, ...target],
      { [variable]: address },
      folder,
    )
    const run = parseRun(finished)
    expect(finished.err).not.toMatch(stackTrace)
    expect(run.counters.errors.byKind).toEqual({})
    expect(run.counters.received).toBeGreaterThan(20)
    if (template !== 'shop') return
    expect(run.sessions!.completed).toBeGreaterThan(5)
    expect(Object.keys(run.measures)).toEqual(['checkout'])
    expect(run.measures.checkout!.min).toBeGreaterThan(19)
    expect(Object.values(run.checks!).map(({ failed }) => failed)).toEqual([0])
  })

  it('writes what the types of the package accept', { timeout: 60_000 }, async () => {
    const folder = temporaryFolder()
    for (const template of templates) await command(['init', '--template', template], {}, folder)
    const options = {
      compilerOptions: {
        strict: true,
        noEmit: true,
        module: 'NodeNext',
        target: 'ES2023',
        skipLibCheck: true,
        types: ['node'],
        typeRoots: [join(root, 'node_modules/@types')],
        paths: { plimsoll: [join(root, 'dist/src/index.d.ts')] },
      },
      files: templates.map((template) => `${template}.ts`),
    }
    writeFileSync(join(folder, 'package.json'), '{"type": "module"}')
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(options))
    const compiler = join(root, 'node_modules/typescript/bin/tsc')
    expect(execFileSync(process.execPath, [compiler, '-p', folder], { encoding: 'utf8' })).toBe('')
  })

  it('takes the name that it is given, and the chat where nobody can be asked', async () => {
    const folder = temporaryFolder()
    expect((await command(['init', 'load.ts'], {}, folder)).out).toMatch(/^Wrote load\.ts: a chat/)
    expect(readFileSync(join(folder, 'load.ts'), 'utf8')).toContain("name: 'chat'")
  })

  it('replaces a file with --force only', async () => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'chat.ts'), 'mine')
    const refused = await command(['init'], {}, folder)
    expect(refused.err).toMatch(/chat\.ts is there already\.\n.*--force/)
    expect(refused.code).toBe(2)
    expect(readFileSync(join(folder, 'chat.ts'), 'utf8')).toBe('mine')
    expect((await command(['init', '--force'], {}, folder)).code).toBe(0)
    expect(readFileSync(join(folder, 'chat.ts'), 'utf8')).not.toBe('mine')
  })

  it.each([
    ['a template that is not there', ['--template', 'shp'], /'shop'/],
    ['a file of another kind', ['chat.py'], /\.ts/],
    ['a folder that is not there', ['no/such/chat.ts'], /cannot be written/],
  ])('ends with exit 2: %s', async (_, args, message) => {
    const { code, err } = await command(['init', ...args])
    expect(err).toMatch(message)
    expect(err).not.toMatch(stackTrace)
    expect(code).toBe(2)
  })

  it('asks on a terminal', async () => {
    const folder = temporaryFolder()
    const line = `${process.execPath} ${join(root, 'bin/plimsoll.js')} init`
    const terminal = spawn('script', ['-qec', line, '/dev/null'], { cwd: folder })
    let said = ''
    terminal.stdout.setEncoding('utf8').on('data', (text: string) => {
      const asked = said.includes('[1]: ')
      said += text
      if (!asked && said.includes('[1]: ')) terminal.stdin.write('2\n')
    })
    const [code] = await once(terminal, 'close')
    expect(said).toMatch(/1 {2}chat .*\r\n {2}2 {2}shop .*\r\n {2}3 {2}http /)
    expect(readFileSync(join(folder, 'shop.ts'), 'utf8')).toContain('async session(user)')
    expect(code).toBe(0)
  })
})
