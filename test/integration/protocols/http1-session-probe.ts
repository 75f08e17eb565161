import type { ConnectPhases } from '../../../src/load/driver.js'
import type {
  ClientEvents,
  ExchangeEvents,
  ExchangeRequest,
  SessionHttpClient,
} from '../../../src/load/session-transport.js'
import {
  createHttpSessionClient,
  type SessionClientOptions,
} from '../../../src/protocols/http1/session-client.js'
import { cleanups } from './http-servers.js'

/** Counts what a client tells of its connections. */
export class ConnectionJournal implements ClientEvents {
  readonly phases: ConnectPhases[] = []
  readonly failed: string[] = []
  readonly lost: string[] = []
  receivedBytes = 0
  sentBytes = 0

  /** Opened and not lost. */
  get open(): number {
    return this.phases.length - this.lost.length
  }

  connectionOpened(phases: ConnectPhases): void {
    this.phases.push(phases)
  }

  connectionFailed(kind: string): void {
    this.failed.push(kind)
  }

  connectionLost(kind: string): void {
    this.lost.push(kind)
  }

  received(bytes: number): void {
    this.receivedBytes += bytes
  }

  sent(bytes: number): void {
    this.sentBytes += bytes
  }
}

export interface Answer {
  readonly status: number
  readonly headers: ReadonlyArray<readonly [string, string]>
  readonly body: Buffer
}

/** One exchange: its events in order, and a promise of its end. */
export class Probe implements ExchangeEvents {
  readonly events: string[] = []
  readonly end: Promise<Answer | string>
  /** Called behind each event. */
  react: (event: string) => void = () => {}
  #settle!: (end: Answer | string) => void

  constructor() {
    this.end = new Promise((resolve) => {
      this.#settle = resolve
    })
  }

  written(): void {
    this.#add('written')
  }

  firstByte(): void {
    this.#add('first byte')
  }

  complete(status: number, headers: ReadonlyArray<readonly [string, string]>, body: Buffer): void {
    this.#add('complete')
    this.#settle({ status, headers, body })
  }

  failed(kind: string, detail: string): void {
    this.#add(`failed ${kind}`)
    this.#settle(`${kind}: ${detail}`)
  }

  #add(event: string): void {
    this.events.push(event)
    this.react(event)
  }
}

export type Asked = Partial<Omit<ExchangeRequest, 'url'>> & { readonly path?: string }

/** A client of one user, and requests of it to a port of this machine. */
export function createUser(port: number, options: Partial<SessionClientOptions> = {}) {
  const journal = new ConnectionJournal()
  const client: SessionHttpClient = createHttpSessionClient(
    { connectTimeoutMs: 2_000, maxHeaderBytes: 16_384, maxBodyBytes: 1_048_576, tls: null, ...options },
    journal,
  )
  cleanups.push(() => client.close())
  const start = ({ path = '/', ...request }: Asked = {}, probe = new Probe()): Probe => {
    const url = new URL(path, `http://127.0.0.1:${port}/`)
    client.exchange({ method: 'GET', headers: [], body: null, ...request, url }, probe)
    return probe
  }
  /** The answer, or the failure as text. */
  const ask = (request: Asked = {}): Promise<Answer | string> => start(request).end
  /** The body of the answer as text. */
  const text = async (request: Asked = {}): Promise<string> => {
    const end = await ask(request)
    return typeof end === 'string' ? end : end.body.toString()
  }
  return { client, journal, start, ask, text }
}
