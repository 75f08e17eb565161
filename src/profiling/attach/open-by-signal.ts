import { findListeners, type ListeningPort, listeningPortsOf } from '../../target/find-listener.js'
import { atSafePoint } from '../at-safe-point.js'
import { attachFailed } from '../inspector-channel.js'
import type { InspectorClient } from '../inspector-client.js'
import { awaitInspector, type FoundInspector } from './find-inspector.js'
import { isUsedByOthers } from './inspector-connections.js'
import type { ProcessLook } from './look-at-process.js'
import { refusal, startWithInspector } from './refusal.js'
import { confirm, refuseTakenPort, stillRuns, takenPort } from './refuse-signal.js'
import { Resident } from './resident.js'

const pollMs = 20
const lateMs = 30_000
const latePollMs = 250

export interface OpenedBySignal {
  readonly client: InspectorClient
  readonly port: number
  readonly resident: Resident
}

export interface OpenOptions {
  readonly timeoutMs: number
  readonly move: boolean
  readonly renewEveryMs: number
}

/**
 * Sends SIGUSR1 to a process that `refuseSignal` has let pass, and connects to the inspector that it opens.
 * @throws PlimsollError ATTACH_FAILED
 */
export async function openBySignal(look: ProcessLook, options: OpenOptions): Promise<OpenedBySignal> {
  const { pid, pidInside, flags } = look
  await refuseTakenPort(look)
  const known = listeningPortsOf(pid)
  confirm(look)
  signal(pid)
  const giveUp = (): boolean => !stillRuns(look)
  const found = await awaitInspector(pid, pidInside, {
    known,
    timeoutMs: options.timeoutMs,
    pollMs,
    ref: true,
    giveUp,
  })
  if (!found) {
    void closeLateInspector(look, known)
    throw noInspector(look, options.timeoutMs)
  }
  const resident = new Resident(found.client, options.timeoutMs)
  try {
    await resident.install(flags.inspectPort === 0 ? 0 : null, options.renewEveryMs)
  } catch (error) {
    await closeInspector(found.client)
    throw error
  }
  return options.move ? move(look, found, resident, options.timeoutMs) : { ...found, resident }
}

function signal(pid: number): void {
  try {
    process.kill(pid, 'SIGUSR1')
  } catch (error) {
    throw refusal(
      `process ${pid} may not be sent a signal`,
      'Run Plimsoll as the user of the process.',
      error,
    )
  }
}

async function move(
  look: ProcessLook,
  from: FoundInspector,
  resident: Resident,
  timeoutMs: number,
): Promise<OpenedBySignal> {
  const known = listeningPortsOf(look.pid)
  await resident.move()
  await from.client.close()
  const giveUp = (): boolean => !stillRuns(look)
  const moved = await awaitInspector(look.pid, look.pidInside, {
    known,
    timeoutMs,
    pollMs,
    ref: true,
    giveUp,
  })
  if (!moved) throw attachFailed(`process ${look.pid} did not open its inspector again on a free port`)
  const again = new Resident(moved.client, timeoutMs)
  await again.renew()
  return { ...moved, resident: again }
}

function noInspector(look: ProcessLook, timeoutMs: number): Error {
  const { pid, flags } = look
  if (!stillRuns(look))
    return refusal(`process ${pid} ended while it was attached to`, 'Look at its own log.')
  if (flags.inspectPort !== 0 && findListeners(flags.inspectPort).length > 0) return takenPort(look)
  return refusal(
    `process ${pid} opened no inspector within ${timeoutMs} ms`,
    `Its main thread is busy outside of JavaScript, or its program took the signal for itself. ${startWithInspector}`,
  )
}

/** A process that is busy outside of JavaScript takes the signal when that is over: it shall not stay open for that. */
async function closeLateInspector(look: ProcessLook, known: readonly ListeningPort[]): Promise<void> {
  try {
    const late = await awaitInspector(look.pid, look.pidInside, {
      known,
      timeoutMs: lateMs,
      pollMs: latePollMs,
      ref: false,
      giveUp: () => !stillRuns(look),
    })
    // Somebody else may have opened it by now.
    if (late && !isUsedByOthers(look.pid, late.port, late.client.localPort)) await closeInspector(late.client)
    else await late?.client.close()
  } catch {
    // The process is gone, or hangs still.
  }
}

/** Where nothing of ours lives in the process yet. It closes when this connection is surely closed. */
async function closeInspector(client: InspectorClient): Promise<void> {
  await client
    .send('Runtime.evaluate', {
      expression: atSafePoint(`setTimeout((inspector) => inspector.close(), 500, require('node:inspector'))`),
      includeCommandLineAPI: true,
      silent: true,
    })
    .catch(() => {})
  await client.close()
}
