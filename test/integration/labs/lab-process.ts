import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { WebSocket } from 'ws'

export const root = fileURLToPath(new URL('../../../', import.meta.url))

export interface RunningProgram {
  readonly pid: number
  readonly port: number
  /** What it wrote to standard error so far. */
  errors(): string
  /** Sends SIGTERM and waits; the exit code, or the signal's name where it did not end by itself. */
  stop(): Promise<number | string>
}

/** Starts a server and waits for its line `listening on <port>`; rejects with its output if it ends instead. */
export async function startProgram(command: string, args: readonly string[]): Promise<RunningProgram> {
  const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = once(child, 'exit').then(([code, signal]) => (code ?? signal) as number | string)
  let errors = ''
  child.stderr.on('data', (text: Buffer | string) => {
    errors += text
  })
  const port = await readPort(child)
  return {
    pid: child.pid!,
    port,
    errors: () => errors,
    stop() {
      child.kill('SIGTERM')
      return ended
    },
  }
}

function readPort(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    let output = ''
    const read = (text: string): void => {
      output += text
      const line = /^listening on (\d+)\n/m.exec(output)
      if (line) resolve(Number(line[1]))
    }
    child.stdout!.setEncoding('utf8').on('data', read)
    child.stderr!.setEncoding('utf8').on('data', read)
    child.once('close', (code) => reject(new Error(`ended with ${code}: ${output}`)))
    child.once('error', reject)
  })
}

/** Several labs may run at once and be attached to: each opens its inspector on a port of its own. */
export const startLab = (name: string, ...args: string[]): Promise<RunningProgram> =>
  startProgram(process.execPath, [
    '--inspect-port=0',
    join(root, 'dist/labs', `${name}.js`),
    ...['--port', '0', ...args],
  ])

/**
 * Runs a program to its end: exit code and output.
 * @param onError is given each piece of standard error as it comes
 */
export async function runToEnd(
  command: string,
  args: readonly string[],
  onError?: (text: string) => void,
): Promise<{ code: number; out: string; err: string }> {
  const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
  let out = ''
  let err = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text
    onError?.(text)
  })
  const [code] = await once(child, 'close')
  return { code: code as number, out, err }
}

export const temporaryFile = (name: string): string =>
  join(mkdtempSync(join(tmpdir(), 'plimsoll-lab-')), name)

export interface LoggedReply {
  readonly id: number
  readonly arrivalUs: number
  readonly delayMs: number
}

export function readReplyLog(path: string): LoggedReply[] {
  const lines = readFileSync(path, 'utf8').split('\n')
  return lines.filter(Boolean).map((line) => {
    const [id, arrivalUs, replyUs] = line.split(' ').map(Number)
    return { id: id!, arrivalUs: arrivalUs!, delayMs: (replyUs! - arrivalUs!) / 1_000 }
  })
}

export async function openSocket(port: number): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/`, { perMessageDeflate: false })
  await once(socket, 'open')
  return socket
}

export const openSockets = (port: number, count: number): Promise<WebSocket[]> =>
  Promise.all(Array.from({ length: count }, () => openSocket(port)))

export const nextMessage = async (socket: WebSocket): Promise<string> =>
  String((await once(socket, 'message'))[0])

/** Sends `{"id":…}` for every id and waits for as many messages; returns them in the order of arrival. */
export function exchangeAll(
  socket: WebSocket,
  ids: readonly number[],
  expected = ids.length,
): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const replies: string[] = []
    const onClose = (): void => reject(new Error(`closed after ${replies.length} replies`))
    const onMessage = (data: unknown): void => {
      replies.push(String(data))
      if (replies.length < expected) return
      socket.off('message', onMessage).off('close', onClose)
      resolve(replies)
    }
    socket.on('message', onMessage).on('close', onClose)
    for (const id of ids) socket.send(JSON.stringify({ id }))
  })
}

export const idsOf = (replies: readonly string[]): number[] =>
  replies.map((reply) => (JSON.parse(reply) as { id: number }).id)

export const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index)

export const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!
