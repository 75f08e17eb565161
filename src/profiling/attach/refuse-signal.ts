import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { monotonicUs } from '../../kernel/clock.js'
import { describeProcess } from '../../target/describe-process.js'
import { findListeners } from '../../target/find-listener.js'
import { readSmall } from '../../target/read-proc.js'
import { clusterWorkersOf } from './cluster.js'
import { scriptNamingSigusr1 } from './entry-script.js'
import { examine } from './examine.js'
import { lookAtProcess, type ProcessLook } from './look-at-process.js'
import { refusal, startWithInspector } from './refusal.js'
import { listensForSigusr1 } from './signal-handlers.js'

const startupMs = 2_000
/** Node takes its handler within some 100 ms; a busy machine is slower. */
const youngSeconds = 15
const settleAgeSeconds = 2
const settleMs = 100
const portPatienceMs = 1_000
const pollMs = 20

/**
 * Refuses every process for which SIGUSR1 could mean anything but "open the inspector".
 * A process that is starting up is waited for.
 * @returns the look that permits the signal
 * @throws PlimsollError ATTACH_FAILED
 */
export async function refuseSignal(first: ProcessLook): Promise<ProcessLook> {
  refuseByFlags(first)
  const look = await awaitHandler(first)
  refuseListener(look)
  const workers = clusterWorkersOf(look.pid)
  if (workers.length > 0)
    throw refusal(
      `process ${look.pid} is the primary of a cluster and hands the signal on to its ${workers.length} workers`,
      `Attach to the workers: ${workers.join(', ')}.`,
    )
  return look
}

/**
 * Once more, with nothing between this and the signal: the process is the one that was looked at, and still takes it.
 * @throws PlimsollError ATTACH_FAILED
 */
export function confirm(look: ProcessLook): void {
  const now = examine(look.pid)
  const isSame = now.startTicks === look.startTicks && now.executable === look.executable && now.isNode
  if (!isSame || !now.catchesSigusr1)
    throw refusal(`process ${look.pid} changed while it was looked at`, 'Try again.')
  refuseListener(now)
}

function refuseByFlags({ pid, isNode, executable, flags }: ProcessLook): void {
  if (!isNode)
    throw refusal(
      `no inspector of process ${pid} answers, and its executable ${executable} may be anything but Node`,
      startWithInspector,
    )
  if (flags.permission)
    throw refusal(
      `process ${pid} runs under Node’s permission model, which keeps the inspector shut`,
      'Start it without --permission to profile it, or watch it from outside only with --observe proc.',
    )
  if (flags.sigusr1Disabled)
    throw refusal(
      `process ${pid} runs with --disable-sigusr1`,
      `Start it without that flag. ${startWithInspector}`,
    )
  if (flags.hidden)
    throw refusal(
      `process ${pid} keeps its inspector from being listed (--inspect-publish-uid)`,
      'Start it with --inspect-publish-uid=http.',
    )
}

async function awaitHandler(first: ProcessLook): Promise<ProcessLook> {
  const untilUs = monotonicUs() + startupMs * 1_000
  for (let look = first; ; look = examine(first.pid)) {
    if (look.catchesSigusr1) return settled(look)
    if (monotonicUs() > untilUs || !isYoung(look)) break
    await delay(pollMs)
  }
  throw refusal(
    `process ${first.pid} has no handler for SIGUSR1, which would end it or be lost`,
    isYoung(first)
      ? 'It seems to be starting up: try again in a moment.'
      : `It was built or told not to open an inspector, or its program took the handler away. ${startWithInspector}`,
  )
}

/**
 * Between its fork and its exec a new process has the program and the handlers of its parent: what a very young one
 * shows is believed once it has lasted.
 */
async function settled(look: ProcessLook): Promise<ProcessLook> {
  if (ageSeconds(look) > settleAgeSeconds) return look
  await delay(settleMs)
  const later = examine(look.pid)
  return later.catchesSigusr1 ? later : awaitHandler(later)
}

const isYoung = (look: ProcessLook): boolean => ageSeconds(look) < youngSeconds

const ageSeconds = (look: ProcessLook): number =>
  Number.parseFloat(readSmall('/proc/uptime') ?? '') - Number(look.startTicks) / 100

function refuseListener(look: ProcessLook): void {
  const listening = listensForSigusr1(look.pid)
  if (listening === 'does not') return
  const script = listening === 'listens' ? null : scriptNamingSigusr1(look)
  if (listening === 'unknown' && script === null) return
  throw refusal(
    script === null
      ? `the program of process ${look.pid} listens for SIGUSR1 itself, so the signal would reach it and open no inspector`
      : `the program of process ${look.pid} may listen for SIGUSR1 itself: ${script} names it`,
    startWithInspector,
  )
}

/**
 * Refuses a process whose inspector could not have its port. It prints that itself, twice, and stays without.
 * @throws PlimsollError ATTACH_FAILED
 */
export async function refuseTakenPort(look: ProcessLook): Promise<void> {
  const port = look.flags.inspectPort
  if (port === 0) return
  // Another process that is being attached to gives the port free in a moment.
  const untilUs = monotonicUs() + portPatienceMs * 1_000
  while (!(await isFree(port))) {
    if (monotonicUs() > untilUs) throw takenPort(look)
    await delay(pollMs * 5)
  }
}

/** The refusal that says who holds the port which SIGUSR1 would open. */
export function takenPort({ pid, flags: { inspectPort } }: ProcessLook): Error {
  const [holder] = findListeners(inspectPort)
  const command = holder === undefined ? null : describeProcess(holder).command
  const by =
    holder === undefined
      ? 'a process of another user or a connection'
      : `process ${holder}${command === null ? '' : ` (${command.slice(0, 80)})`}`
  return refusal(
    `process ${pid} would open its inspector on port ${inspectPort}, which is held by ${by}`,
    `Free port ${inspectPort}, or start process ${pid} with --inspect-port=0.`,
  )
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer()
  try {
    server.listen({ port, host: '127.0.0.1', exclusive: true })
    await once(server, 'listening')
  } catch {
    return false
  }
  server.close()
  await once(server, 'close')
  return true
}

/** True while the process that was looked at runs. */
export const stillRuns = (look: ProcessLook): boolean => {
  const now = lookAtProcess(look.pid)
  return now !== null && now.startTicks === look.startTicks && now.state !== 'Z'
}
