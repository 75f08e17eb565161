import { readFileSync } from 'node:fs'
import { availableParallelism, type as osType, release } from 'node:os'
import { ExitCode } from './errors.js'

/** An output that knows whether a person looks at it. */
export interface Output {
  readonly isTTY: boolean
  readonly columns: number
  write(text: string): void
}

/** All of the process that Plimsoll touches outside of sockets and files, in one place; tests pass their own. */
export interface World {
  readonly stdout: Output
  readonly stderr: Output
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  readonly cores: number
  readonly version: string
  readonly node: string
  readonly os: string
  now(): Date
  /** Calls `interrupt` for the first Ctrl-C or SIGTERM; a second one ends the process at once. Returns how to stop. */
  onInterrupt(interrupt: () => void, last: () => void): () => void
}

/** Colour on a terminal only, and never with NO_COLOR (no-color.org). */
export const wantsColors = (output: Output, env: World['env']): boolean =>
  output.isTTY && (env.NO_COLOR ?? '') === '' && env.TERM !== 'dumb'

export function packageVersion(): string {
  const file = new URL('../../../package.json', import.meta.url)
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
}

function outputOf(stream: NodeJS.WriteStream): Output {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    // A reader that went away (`| head`) is no error of ours; of standard error nobody can be told.
    if (error.code === 'EPIPE' || stream === process.stderr) return
    process.stderr.write(`plimsoll: Standard output cannot be written: ${error.message}\n`)
    process.once('exit', () => {
      process.exitCode = ExitCode.usage
    })
  })
  return {
    get isTTY() {
      return stream.isTTY === true
    },
    get columns() {
      return stream.columns ?? 80
    },
    write: (text) => void stream.write(text),
  }
}

export function createWorld(): World {
  return {
    stdout: outputOf(process.stdout),
    stderr: outputOf(process.stderr),
    env: process.env,
    cwd: process.cwd(),
    cores: availableParallelism(),
    version: packageVersion(),
    node: process.version,
    os: `${osType()} ${release()}`,
    now: () => new Date(),
    onInterrupt(interrupt, last) {
      let seen = 0
      const handle = (): void => {
        if (++seen === 1) interrupt()
        else {
          last()
          process.exit(130)
        }
      }
      process.on('SIGINT', handle)
      process.on('SIGTERM', handle)
      return () => {
        process.off('SIGINT', handle)
        process.off('SIGTERM', handle)
      }
    },
  }
}
