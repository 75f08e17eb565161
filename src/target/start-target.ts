import { type ChildProcess, spawn } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import { monotonicUs } from '../kernel/clock.js'
import { PlimsollError } from '../kernel/errors.js'
import { formatMs, type Microseconds } from '../kernel/units.js'
import { describeProcess } from './describe-process.js'
import { findListeners } from './find-listener.js'
import { OutputFile } from './output-file.js'
import { OutputTail } from './output-tail.js'
import { ProcessGroup } from './process-group.js'
import { accepts, type TcpAddress } from './try-connect.js'

const pollMs = 50
const connectTimeoutMs = 1_000
const graceMs = 3_000
const excerptLines = 12

export interface StartTargetOptions {
  /** The program and its arguments, as they stand after `--`. No shell reads them. */
  readonly command: readonly string[]
  /** Gives every Node process of the tree an inspector on a free loopback port; others ignore the variable. */
  readonly inspect: boolean
  /** Where the target will listen. If something listens there already, the command is not started. */
  readonly address?: TcpAddress
  readonly cwd?: string
  readonly env?: NodeJS.ProcessEnv
  /** Where to keep the first 10 MB of standard output and error. */
  readonly outputFile?: string
}

export interface TargetExit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly atUs: Microseconds
}

export interface WaitOptions extends TcpAddress {
  readonly timeoutMs: number
  readonly signal?: AbortSignal
}

/**
 * Starts the system under test in a process group of its own, so that Ctrl-C does not reach it and its whole tree
 * can be ended. Resolves when the program runs; it need not listen yet.
 * @throws PlimsollError TARGET_DID_NOT_START: no such program, or the port is taken
 * @throws PlimsollError OUTPUT_UNWRITABLE
 */
export async function startTarget(options: StartTargetOptions): Promise<TargetProcess> {
  const [program, ...args] = options.command
  if (!program) throw new PlimsollError('USAGE', 'There is no command after --.')
  if (options.address) await refuseTakenPort(options.address)
  const file = options.outputFile === undefined ? null : new OutputFile(options.outputFile)
  try {
    const child = spawn(program, args, {
      detached: process.platform !== 'win32',
      stdio: ['ignore', 'pipe', 'pipe'],
      env: targetEnvironment(options.env ?? process.env, options.inspect),
      windowsHide: true,
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    })
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve)
      child.once('error', reject)
    })
    return new TargetProcess(child, program, file)
  } catch (error) {
    await file?.close()
    const reason =
      (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'there is no such program' : String(error)
    throw new PlimsollError(
      'TARGET_DID_NOT_START',
      `The command \`${program}\` could not be started: ${reason}.`,
      {
        cause: error,
        hint: 'Name a program on the PATH, or the path of one. No shell reads the command after --.',
      },
    )
  }
}

/** A target that Plimsoll started. */
export class TargetProcess {
  readonly pid: number
  /** Resolves when the program that was started has ended; never rejects. */
  readonly exited: Promise<TargetExit>
  readonly #child: ChildProcess
  readonly #program: string
  readonly #group: ProcessGroup
  readonly #file: OutputFile | null
  readonly #output = new OutputTail()
  readonly #errorOutput = new OutputTail()
  readonly #outputEnded: Promise<void>
  #exit: TargetExit | null = null
  #stopping: Promise<void> | null = null

  constructor(child: ChildProcess, program: string, file: OutputFile | null) {
    this.pid = child.pid!
    this.#child = child
    this.#program = program
    this.#group = new ProcessGroup(child)
    this.#file = file
    this.#collect(child.stdout, this.#output)
    this.#collect(child.stderr, this.#errorOutput)
    this.exited = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        this.#exit = { code, signal, atUs: monotonicUs() }
        resolve(this.#exit)
      })
    })
    this.#outputEnded = new Promise((resolve) => child.once('close', () => resolve()))
    // A signal that cannot be delivered is reported here as well; `end` deals with it.
    child.on('error', () => {})
  }

  /** How the program ended; null while it runs. */
  get exit(): TargetExit | null {
    return this.#exit
  }

  /** The last lines (200 at most) of standard error, or of standard output where that is empty. */
  lastLines(count?: number): string[] {
    const errors = this.#errorOutput.lines().filter((line) => !inspectorChatter.test(line))
    const lines = errors.some((line) => line.trim() !== '') ? errors : this.#output.lines()
    return count === undefined ? lines : lines.slice(-count)
  }

  /**
   * Resolves when something accepts connections at the address; tries every 50 ms.
   * @throws PlimsollError TARGET_DID_NOT_START if the program ends first or time runs out
   * @throws the reason of `signal`, once that is aborted
   */
  async waitUntilAccepting({ host, port, timeoutMs, signal }: WaitOptions): Promise<void> {
    const deadlineUs = monotonicUs() + timeoutMs * 1_000
    while (this.#exit === null) {
      signal?.throwIfAborted()
      const leftMs = (deadlineUs - monotonicUs()) / 1_000
      if (leftMs <= 0)
        throw await this.#didNotStart(`does not listen on ${host}:${port} after ${formatMs(timeoutMs)}`)
      if (await accepts({ host, port }, Math.min(connectTimeoutMs, leftMs))) return
      await Promise.race([delay(Math.min(pollMs, leftMs)), this.exited])
    }
    throw await this.#didNotStart(`${describeExit(this.#exit)} before it listened on ${host}:${port}`)
  }

  /** Ends the whole tree: SIGTERM, then SIGKILL after 3 s. Calling it again waits for the same end. */
  stop(): Promise<void> {
    this.#stopping ??= this.#end()
    return this.#stopping
  }

  /** Kills the whole tree at once, without waiting: for the last moment of a process that is ending itself. */
  kill(): void {
    this.#group.signal('SIGKILL')
  }

  async #end(): Promise<void> {
    await this.#group.end(graceMs)
    await this.#outputDrained()
    this.#child.stdout?.destroy()
    this.#child.stderr?.destroy()
    await this.#file?.close()
  }

  #collect(stream: NodeJS.ReadableStream | null, tail: OutputTail): void {
    stream?.on('data', (chunk: Buffer) => {
      tail.push(chunk)
      this.#file?.write(chunk)
    })
    stream?.on('error', () => {})
  }

  /** What was written before the end may still be in the pipe; a grandchild may hold it open for ever. */
  #outputDrained(): Promise<unknown> {
    return Promise.race([this.#outputEnded, delay(200)])
  }

  async #didNotStart(what: string): Promise<PlimsollError> {
    if (this.#exit) await this.#outputDrained()
    const lines = this.lastLines(excerptLines)
    const words = lines.length > 0 ? ` Its last output:\n${lines.map((line) => `  ${line}`).join('\n')}` : ''
    const end = lines.length > 0 ? '.' : ', and printed nothing.'
    return new PlimsollError('TARGET_DID_NOT_START', `The command \`${this.#program}\` ${what}${end}${words}`)
  }
}

/** What Node prints because Plimsoll gave it an inspector. */
const inspectorChatter =
  /^(?:Debugger listening on ws:|For help, see: https:\/\/nodejs\.org\/.*(?:inspector|debugging)|Debugger attached\.|Debugger ending on ws:|Waiting for the debugger to disconnect)/

function targetEnvironment(env: NodeJS.ProcessEnv, inspect: boolean): NodeJS.ProcessEnv {
  if (!inspect) return env
  return { ...env, NODE_OPTIONS: `${env.NODE_OPTIONS ?? ''} --inspect=127.0.0.1:0`.trim() }
}

const describeExit = (exit: TargetExit): string =>
  exit.signal === null ? `ended with exit code ${exit.code}` : `was ended by ${exit.signal}`

/** Otherwise the load would go to a stranger while the command fails to listen. */
async function refuseTakenPort(address: TcpAddress): Promise<void> {
  if (!(await accepts(address, connectTimeoutMs))) return
  const holder = findListeners(address.port)[0]
  const command = holder === undefined ? null : describeProcess(holder).command
  const who =
    holder === undefined ? 'Something' : `Process ${holder}${command === null ? '' : ` (${command})`}`
  throw new PlimsollError(
    'TARGET_DID_NOT_START',
    `${who} already listens on ${address.host}:${address.port}, so the command was not started.`,
    { hint: 'End it, choose another port, or leave out the command after -- to load what is running there.' },
  )
}
