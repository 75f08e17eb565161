import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bench, root } from './machine.mjs'

export const targetCore = '0'
export const generatorCore = '1'

export const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1]

/** Starts a server pinned to a core (or not), and waits for its line `listening on <port>`. */
export async function startServer(name, { core = targetCore, args = [] } = {}) {
  const command = [join(bench, 'out', name), '--port', '0', ...args]
  const line = core === null ? command : ['taskset', '-c', core, ...command]
  const child = spawn(line[0], line.slice(1), { stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  child.stdout.setEncoding('utf8')
  for await (const chunk of child.stdout) {
    text += chunk
    if (text.includes('\n')) break
  }
  const port = Number(/listening on (\d+)/.exec(text)[1])
  return {
    port,
    pid: child.pid,
    async stop() {
      child.kill('SIGTERM')
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    },
  }
}

/** A lab on the target's core (or on any), as anybody would start it. */
export async function startNodeLab(name, { core = targetCore } = {}) {
  const command = [process.execPath, join(root, 'dist/labs', `${name}.js`), '--port', '0']
  const line = core === null ? command : ['taskset', '-c', core, ...command]
  const child = spawn(line[0], line.slice(1), { stdio: ['ignore', 'pipe', 'ignore'] })
  const [text] = await once(child.stdout.setEncoding('utf8'), 'data')
  return {
    port: Number(/listening on (\d+)/.exec(text)[1]),
    async stop() {
      child.kill('SIGTERM')
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    },
  }
}

/** Runs a program pinned to a core (or not); returns what it prints on standard output. */
export async function runProgram(
  command,
  { core = generatorCore, env = process.env, ignoreCode = false } = {},
) {
  const line = core === null ? command : ['taskset', '-c', core, ...command]
  const child = spawn(line[0], line.slice(1), { stdio: ['ignore', 'pipe', 'pipe'], env, cwd: bench })
  let text = ''
  let errors = ''
  child.stdout.setEncoding('utf8').on('data', (chunk) => (text += chunk))
  child.stderr.setEncoding('utf8').on('data', (chunk) => (errors += chunk))
  const [code] = await once(child, 'close')
  if (code !== 0 && !ignoreCode) throw new Error(`${command.join(' ')} ended with ${code}: ${errors}`)
  return text
}

export const node = (...args) => [process.execPath, ...args]
export const reference = async (name, args, options) =>
  JSON.parse(await runProgram(node(join(bench, 'reference', name), ...args), options))

/** Runs `plimsoll run` as a user would, every measurement on; returns run.json. */
export async function plimsoll(args, options = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'plimsoll-bench-'))
  try {
    const text = await runProgram(
      node(
        join(root, 'bin/plimsoll.js'),
        'run',
        ...args,
        '--explore',
        '--json',
        '--quiet',
        '--out',
        join(folder, 'run'),
      ),
      { ...options, ignoreCode: true },
    )
    return JSON.parse(text)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/**
 * Runs the contestants in turn, `repeats` times, in an order that turns round each time, so that a machine that
 * drifts favours nobody.
 * @param contestants name → () => Promise<number | object>
 */
export async function alternate(contestants, repeats, log) {
  const names = Object.keys(contestants)
  const results = Object.fromEntries(names.map((name) => [name, []]))
  for (let repeat = 0; repeat < repeats; repeat++) {
    for (const name of repeat % 2 === 0 ? names : names.toReversed())
      results[name].push(await contestants[name]())
    log(
      `${repeat + 1}/${repeats}: ${names.map((name) => `${name} ${show(results[name].at(-1))}`).join(' · ')}`,
    )
  }
  return results
}

const show = (value) => (typeof value === 'number' ? shown(value) : JSON.stringify(value))
export const shown = (value) =>
  Math.abs(value) >= 100 ? Math.round(value).toLocaleString('en-US') : value.toPrecision(3)

/** Median of the ratios, pair by pair: what ran next to each other is compared. */
export const ratio = (above, below) => median(above.map((value, index) => value / below[index]))

/** Resident memory of a process now, in KiB. */
export function residentKiB(pid) {
  const text = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+)/.exec(text)[1])
}

export function childrenOf(pid) {
  try {
    const direct = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
      .trim()
      .split(' ')
      .filter(Boolean)
      .map(Number)
    return direct.flatMap((child) => [child, ...childrenOf(child)])
  } catch {
    return []
  }
}

export const temporaryFolder = () => mkdtempSync(join(tmpdir(), 'plimsoll-bench-'))
