import { isNodeExecutable } from '../../target/describe-process.js'
import { parseStat } from '../../target/proc-parsing.js'
import { linkOf, readSmall, readWhole } from '../../target/read-proc.js'
import { type NodeFlags, parseNodeFlags } from './node-flags.js'

/** What /proc tells of a process that may be attached to; nothing here disturbs it. */
export interface ProcessLook {
  readonly pid: number
  /** The pid as the process itself sees it: another one in a pid namespace. */
  readonly pidInside: number
  readonly executable: string
  readonly isNode: boolean
  /** One letter of proc(5). */
  readonly state: string
  /** The group of threads it belongs to: the process, where `pid` is a thread of it. */
  readonly threadGroup: number
  readonly sameNetwork: boolean
  readonly catchesSigusr1: boolean
  readonly flags: NodeFlags
  readonly args: readonly string[]
  readonly environment: ReadonlyMap<string, string>
  /** Clock ticks since the machine started; tells a process from a later one with its pid. */
  readonly startTicks: string
}

/** Null where the process is gone, or may not be read. */
export function lookAtProcess(pid: number): ProcessLook | null {
  const status = readWhole(`/proc/${pid}/status`)
  const stat = readSmall(`/proc/${pid}/stat`)
  const state = parseStat(stat ?? '')?.state
  const executable = linkOf(`/proc/${pid}/exe`)
  if (status === null || stat === null || state === undefined || (executable === null && state !== 'Z'))
    return null
  const environment = parseEnvironment(readWhole(`/proc/${pid}/environ`) ?? '')
  const args = (readWhole(`/proc/${pid}/cmdline`) ?? '').replace(/\0+$/, '').split('\0')
  return {
    pid,
    pidInside: Number(/^NSpid:.*?(\d+)\s*$/m.exec(status)?.[1] ?? pid),
    executable: executable ?? '',
    isNode: executable !== null && isNodeExecutable(executable),
    state,
    threadGroup: Number(/^Tgid:\s*(\d+)/m.exec(status)?.[1] ?? pid),
    sameNetwork: linkOf(`/proc/${pid}/ns/net`) === linkOf('/proc/self/ns/net'),
    catchesSigusr1: catchesSigusr1(status),
    flags: parseNodeFlags(args, environment.get('NODE_OPTIONS')),
    args,
    environment,
    startTicks: startTicksOf(stat),
  }
}

const sigusr1Bit = 0x200n

/** `SigCgt` of /proc/PID/status is a mask of the signals that have a handler. */
export function catchesSigusr1(status: string): boolean {
  const mask = /^SigCgt:\s*([0-9a-f]+)$/m.exec(status)?.[1]
  return mask !== undefined && (BigInt(`0x${mask}`) & sigusr1Bit) !== 0n
}

/** Variables as the process was given them at its start. */
export function parseEnvironment(text: string): Map<string, string> {
  const variables = new Map<string, string>()
  for (const entry of text.split('\0')) {
    const at = entry.indexOf('=')
    if (at > 0) variables.set(entry.slice(0, at), entry.slice(at + 1))
  }
  return variables
}

/** Field 22 of /proc/PID/stat; counted from the last parenthesis, since the name may hold anything. */
const startTicksOf = (stat: string): string =>
  stat
    .slice(stat.lastIndexOf(')') + 1)
    .trim()
    .split(/\s+/)[19] ?? ''
