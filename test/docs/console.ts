import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../../src/target/free-port.js'
import { type RunningProgram, startLab } from '../integration/labs/lab-process.js'
import { root } from './markdown.js'

/*
 * Runs what the documentation shows. A ```console fence below `<!-- test -->` or `<!-- test: LAB OPTIONS -->` holds
 * commands (`$ …`, continued by `\`) and what they print. The lab is started first. Then:
 * - port 8080 stands for a free one;
 * - `plimsoll run` is shortened to 2 s after 1.5 s of warm-up, unless it is `--warmup auto`;
 * - a line `…` stands for any lines; every stretch between must be printed, in this order;
 * - numbers, the folders of paths and line breaks may differ;
 * - a command that fails is followed by `$ echo $?` and its exact exit code.
 */

export interface Step {
  readonly command: string
  readonly expected: string
}

export function stepsOf(text: string): Step[] {
  const steps: Array<{ command: string; expected: string[] }> = []
  let continued = false
  for (const line of text.split('\n')) {
    if (continued) steps.at(-1)!.command += `\n${line}`
    else if (line.startsWith('$ ')) steps.push({ command: line.slice(2), expected: [] })
    else steps.at(-1)!.expected.push(line)
    continued = line.endsWith('\\') && (continued || line.startsWith('$ '))
  }
  return steps.map(({ command, expected }) => ({ command, expected: expected.join('\n') }))
}

/** What must be equal: numbers with their units become #, paths their last part, white space a single space. */
export const essence = (text: string): string =>
  text
    .replaceAll(/[^\s'"(]*\/([\w.-]+)/g, '$1')
    .replaceAll(/[~≥-]?\s*(?<![\w.])[0-9][0-9,.]*(\s*(µs|ms|s|min|B|KB|MB|GB|%))?(?!\w|\.\w)/g, ' # ')
    .replaceAll(/\s+/g, ' ')
    .trim()

/** The first stretch of `expected` that `printed` lacks; null if all are there, in order. */
export function missingFrom(printed: string, expected: string): string | null {
  const whole = essence(printed)
  let from = 0
  for (const stretch of expected.split(/^…$/m)) {
    const wanted = essence(stretch)
    if (wanted === '') continue
    const at = whole.indexOf(wanted, from)
    if (at < 0) return stretch.trim()
    from = at + wanted.length
  }
  return null
}

const shortened = `
const words = process.argv.slice(2)
const dashes = words.indexOf('--')
const own = dashes < 0 ? words : words.slice(0, dashes)
if (own[0] === 'run' && own.length > 1) {
  const auto = own[own.indexOf('--warmup') + 1] === 'auto'
  own.push('--duration', auto ? '6s' : '2s', ...(auto ? [] : ['--warmup', '1500ms']))
}
process.argv.splice(2, words.length, ...own, ...(dashes < 0 ? [] : words.slice(dashes)))
await import(${JSON.stringify(`${root}bin/plimsoll.js`)})
`

/** Paths into a run.json as jq reads them, for machines without jq. */
const smallJq = `
const path = process.argv.slice(2).find((word) => word.startsWith('.'))
let value = JSON.parse(require('node:fs').readFileSync(0, 'utf8'))
for (const [, quoted, plain] of path.matchAll(/\\."([^"]+)"|\\.([\\w]+)/g)) value = value[quoted ?? plain]
console.log(process.argv.includes('-r') ? String(value) : JSON.stringify(value, null, 2))
`

/** A folder that looks like the checkout to a reader who follows the documentation. */
export class Workplace {
  readonly folder = mkdtempSync(join(tmpdir(), 'plimsoll-docs-'))
  readonly #port: number
  readonly #lab: RunningProgram | null

  private constructor(port: number, lab: RunningProgram | null) {
    this.#port = port
    this.#lab = lab
    symlinkSync(join(root, 'dist'), join(this.folder, 'dist'))
    cpSync(join(root, 'examples'), join(this.folder, 'examples'), { recursive: true })
    for (const name of readdirSync(join(this.folder, 'examples'))) {
      const file = join(this.folder, 'examples', name)
      writeFileSync(file, this.#withPort(readFileSync(file, 'utf8')))
    }
    this.#program('plimsoll', 'plimsoll.mjs', shortened)
    if (!(process.env.PATH ?? '').split(':').some((path) => isThere(path, 'jq')))
      this.#program('jq', 'jq.cjs', smallJq)
  }

  /** @param lab a lab with its options, or empty for none */
  static async open(lab: string): Promise<Workplace> {
    if (lab === '') return new Workplace(await freePort(), null)
    const [name, ...options] = lab.split(' ')
    const program = await startLab(name!, ...options)
    return new Workplace(program.port, program)
  }

  async close(): Promise<void> {
    await this.#lab?.stop()
    rmSync(this.folder, { recursive: true, force: true })
  }

  /** Runs the steps in order. @throws Error where something else happens than is shown */
  async follow(steps: readonly Step[]): Promise<void> {
    let exitCode = 0
    for (const [index, { command, expected }] of steps.entries()) {
      const asksForCode = command === 'echo $?'
      const { code, printed } = await this.#shell(`(exit ${exitCode}); ${this.#withPort(command)}`)
      exitCode = code
      const answered = steps[index + 1]?.command === 'echo $?'
      if (code !== 0 && !answered) throw new Error(`'${command}' ended with ${code}:\n${printed}`)
      const missing =
        asksForCode && printed.trim() !== expected.trim() ? expected : missingFrom(printed, expected)
      if (missing !== null) throw new Error(`'${command}' does not print\n${missing}\nbut\n${printed}`)
    }
  }

  #withPort(text: string): string {
    return text.replaceAll(/\b8080\b/g, String(this.#port))
  }

  #program(name: string, script: string, source: string): void {
    writeFileSync(join(this.folder, script), source)
    writeFileSync(
      join(this.folder, name),
      `#!/bin/sh\nexec '${process.execPath}' '${join(this.folder, script)}' "$@"\n`,
    )
    chmodSync(join(this.folder, name), 0o755)
  }

  /** Standard output, and behind it standard error. */
  async #shell(command: string): Promise<{ code: number; printed: string }> {
    const env = { ...process.env, PATH: `${this.folder}:${process.env.PATH}` }
    const child = spawn('bash', ['-c', command], { cwd: this.folder, env, stdio: ['ignore', 'pipe', 'pipe'] })
    const texts = ['', '']
    for (const [index, stream] of [child.stdout, child.stderr].entries()) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        texts[index] += text
      })
    }
    const [code] = await once(child, 'close')
    return { code: code as number, printed: texts.join('\n') }
  }
}

function isThere(folder: string, name: string): boolean {
  try {
    return readdirSync(folder).includes(name)
  } catch {
    return false
  }
}
