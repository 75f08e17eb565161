import { setTimeout as delay } from 'node:timers/promises'
import { type ListeningPort, listeningPortsOf } from '../../target/find-listener.js'
import type { InspectorClient } from '../inspector-client.js'
import { examine } from './examine.js'
import { findInspector } from './find-inspector.js'
import { isUsedByOthers } from './inspector-connections.js'
import type { ProcessLook } from './look-at-process.js'
import { type OpenedBySignal, openBySignal } from './open-by-signal.js'
import { refuseSignal } from './refuse-signal.js'
import type { Resident } from './resident.js'

const defaultTimeoutMs = 3_000
const defaultRenewEveryMs = 2_000
const detachMs = 1_000
const pollMs = 20

export interface AttachOptions {
  /** Ports of the process that are surely no inspector (the service itself): they are not asked. */
  readonly exceptPorts?: readonly number[]
  /** How long each step may take. */
  readonly timeoutMs?: number
  /** Moves an inspector that had to be opened to a free port, so that the next process can have the default port. */
  readonly move?: boolean
  /** An inspector that had to be opened closes by itself once it was not renewed for five times this long. */
  readonly renewEveryMs?: number
}

/** A connection to the inspector of a process, and the way back. */
export interface Attachment {
  readonly pid: number
  readonly client: InspectorClient
  /** `opened`: the inspector was closed before and is closed again by `detach`; `open`: it stays as it was. */
  readonly how: 'open' | 'opened'
  /**
   * Closes the connection, and the inspector if this attachment opened it; where somebody else uses it by now, it
   * closes when they are gone. Never rejects; may be called again.
   */
  detach(): Promise<void>
}

/**
 * Connects to the inspector of a running Node process, and opens it by SIGUSR1 where it is not open yet. A process for
 * which the signal could mean anything else is refused before it is sent.
 * @throws PlimsollError ATTACH_FAILED
 */
export async function attach(pid: number, options: AttachOptions = {}): Promise<Attachment> {
  const timeoutMs = options.timeoutMs ?? defaultTimeoutMs
  const look = examine(pid)
  const exceptPorts = new Set(options.exceptPorts)
  const ports = listeningPortsOf(pid).filter(({ port }) => !exceptPorts.has(port))
  const open = await findInspector(likelyInspectors(ports, look), look.pidInside, timeoutMs)
  if (open) return { pid, client: open.client, how: 'open', detach: () => open.client.close() }
  const permitted = await refuseSignal(look)
  const renewEveryMs = options.renewEveryMs ?? defaultRenewEveryMs
  // One at a time, since every process opens the same port.
  const opened = await inTurn(() =>
    openBySignal(permitted, { timeoutMs, move: options.move ?? false, renewEveryMs }),
  )
  return new OpenedInspector(pid, opened, renewEveryMs)
}

/**
 * The ports that may be an inspector, the most likely first. One that other machines reach is a service, unless the
 * flags name it: no service is asked without need.
 */
const likelyInspectors = (ports: readonly ListeningPort[], { flags }: ProcessLook): ListeningPort[] => {
  const isNamed = ({ port }: ListeningPort): boolean => port === flags.inspectPort
  const isLocal = ({ address }: ListeningPort): boolean =>
    address.startsWith('127.') || address === '0:0:0:0:0:0:0:1'
  return [...ports.filter(isNamed), ...ports.filter((row) => !isNamed(row) && isLocal(row))]
}

let turn: Promise<unknown> = Promise.resolve()

function inTurn<Value>(work: () => Promise<Value>): Promise<Value> {
  const result = turn.then(work)
  turn = result.catch(() => {})
  return result
}

class OpenedInspector implements Attachment {
  readonly pid: number
  readonly client: InspectorClient
  readonly how = 'opened'
  readonly #port: number
  readonly #resident: Resident
  readonly #renewal: NodeJS.Timeout
  #detaching: Promise<void> | null = null

  constructor(pid: number, { client, port, resident }: OpenedBySignal, renewEveryMs: number) {
    this.pid = pid
    this.client = client
    this.#port = port
    this.#resident = resident
    this.#renewal = setInterval(() => void resident.renew().catch(() => {}), renewEveryMs)
    this.#renewal.unref()
    void client.closed.then(() => clearInterval(this.#renewal))
  }

  detach(): Promise<void> {
    this.#detaching ??= this.#detach()
    return this.#detaching
  }

  async #detach(): Promise<void> {
    clearInterval(this.#renewal)
    if (this.client.isClosed) return
    const isUsed = isUsedByOthers(this.pid, this.#port, this.client.localPort)
    // A process that hangs is released by the part of ours that lives in it, as soon as it goes on.
    const released = await this.#resident.release(detachMs).then(
      () => true,
      () => false,
    )
    await this.client.close()
    if (released && !isUsed) await this.#untilClosed()
  }

  async #untilClosed(): Promise<void> {
    const isOpen = (): boolean => listeningPortsOf(this.pid).some(({ port }) => port === this.#port)
    for (let left = detachMs / pollMs; left > 0 && isOpen(); left--) await delay(pollMs)
  }
}
