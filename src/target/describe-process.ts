import { basename } from 'node:path'
import { parseCommandLine, parseStat } from './proc-parsing.js'
import { linkOf, readSmall } from './read-proc.js'

export interface ProcessDescription {
  readonly pid: number
  /** The command line, at most 400 characters; null where it cannot be read. */
  readonly command: string | null
  /** `unknown`: the process is gone, belongs to someone else, or the system has no /proc. */
  readonly kind: 'node' | 'other' | 'unknown'
}

const maxCommandLength = 400

/** What a process is, by its executable: a script may call itself anything, a program file cannot. */
export function describeProcess(pid: number): ProcessDescription {
  const commandLine = parseCommandLine(readSmall(`/proc/${pid}/cmdline`) ?? '')
  const executable = linkOf(`/proc/${pid}/exe`)
  return {
    pid,
    command: commandLine === '' ? null : commandLine.slice(0, maxCommandLength),
    kind: executable === null ? 'unknown' : isNodeExecutable(executable) ? 'node' : 'other',
  }
}

/** True for `/usr/bin/node`, `nodejs`, `node20`, `node-v22.1.0`, also where the file was replaced since (`… (deleted)`). */
export const isNodeExecutable = (path: string): boolean =>
  /^node(?:js)?(?:-?v?\d[\d.]*)?$/.test(basename(path.replace(/ \(deleted\)$/, '')))

/** True while the process exists and has not ended; a zombie has. */
export function isAlive(pid: number): boolean {
  const stat = parseStat(readSmall(`/proc/${pid}/stat`) ?? '')
  if (stat) return stat.state !== 'Z' && stat.state !== 'X'
  try {
    process.kill(pid, 0)
    return process.platform !== 'linux'
  } catch {
    return false
  }
}
