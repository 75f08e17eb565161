import { setTimeout as delay } from 'node:timers/promises'
import { describeProcess } from '../../target/describe-process.js'
import { listeningPortsOf } from '../../target/find-listener.js'
import { hasProc, procUnavailable, readSmall } from '../../target/read-proc.js'
import { attachFailed, type InspectorClient } from '../inspector-client.js'
import { awaitInspector, findInspector } from './find-inspector.js'

const defaultTimeoutMs = 3_000
const sigusr1Bit = 0x200n

export interface AttachOptions {
  /** Ports of the process that are surely no inspector (the service itself): they are not asked. */
  readonly exceptPorts?: readonly number[]
  /** How long each step may take. */
  readonly timeoutMs?: number
}

/** A connection to the inspector of a process, and the way back. */
export interface Attachment {
  readonly pid: number
  readonly client: InspectorClient
  /** `opened`: the inspector was closed before and is closed again by `detach`; `open`: it stays as it was. */
  readonly how: 'open' | 'opened'
  /** Closes the connection, and the inspector if this attachment opened it. Never rejects; may be called again. */
  detach(): Promise<void>
}

/**
 * Connects to the inspector of a running Node process, and opens it by SIGUSR1 where it is not open yet. A process for
 * which the signal could mean anything else is refused before it is sent.
 * @throws PlimsollError ATTACH_FAILED
 */
export async function attach(pid: number, options: AttachOptions = {}): Promise<Attachment> {
  const timeoutMs = options.timeoutMs ?? defaultTimeoutMs
  if (!hasProc) throw attachFailed(procUnavailable(process.platform))
  const { kind } = describeProcess(pid)
  if (kind === 'other') throw attachFailed(`process ${pid} is not Node`)
  if (kind === 'unknown') throw attachFailed(`process ${pid} is gone or belongs to another user`)
  const known = listeningPortsOf(pid)
  const open = await findInspector(
    known.filter(({ port }) => !options.exceptPorts?.includes(port)),
    pid,
    timeoutMs,
  )
  if (open) return { pid, client: open.client, how: 'open', detach: () => open.client.close() }
  const caught = /^SigCgt:\s*([0-9a-f]+)$/m.exec(readSmall(`/proc/${pid}/status`) ?? '')
  if (!caught || (BigInt(`0x${caught[1]}`) & sigusr1Bit) === 0n)
    throw attachFailed(`process ${pid} does not take the signal that opens an inspector`)
  process.kill(pid, 'SIGUSR1')
  const opened = await awaitInspector(pid, known, pid, timeoutMs)
  if (!opened) throw attachFailed(`process ${pid} opened no inspector within ${timeoutMs} ms`)
  const { client, port } = opened
  return {
    pid,
    client,
    how: 'opened',
    detach: async () => {
      if (client.isClosed) return
      await client
        .send('Runtime.evaluate', { expression: closeInspector, includeCommandLineAPI: true, silent: true })
        .catch(() => {})
      await client.close()
      for (let left = 50; left > 0 && listeningPortsOf(pid).some((row) => row.port === port); left--)
        await delay(20)
    },
  }
}

const closeInspector = `setTimeout((inspector) => inspector.close(), 50, require('node:inspector')); undefined`
