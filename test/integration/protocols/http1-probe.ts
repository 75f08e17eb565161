import type {
  ConnectPhases,
  Driver,
  DriverOptions,
  DriverSink,
  PayloadWriter,
} from '../../../src/load/driver.js'
import { createHttp1Driver } from '../../../src/protocols/http1/driver.js'
import { DefaultPayload } from '../../../src/scenario/payload.js'
import { cleanups } from './http-servers.js'

/** Writes down what a driver reports, and lets a test wait for it. */
export class Journal implements DriverSink {
  readonly events: string[] = []
  readonly details: string[] = []
  readonly phases: ConnectPhases[] = []
  receivedBytes = 0
  /** Outside `send`. */
  sentBytes = 0
  /** What the engine would do at once; called behind each entry. */
  react: (event: string) => void = () => {}
  #waiting: Array<{ done: () => boolean; resolve: () => void }> = []

  opened(index: number, phases: ConnectPhases): void {
    this.phases.push(phases)
    this.#add(`opened ${index}`)
  }

  writable(index: number): void {
    this.#add(`writable ${index}`)
  }

  firstByte(index: number): void {
    this.#add(`first ${index}`)
  }

  message(index: number, _data: Buffer, start: number, end: number, problem: string | null): void {
    this.#add(`message ${index} ${problem}${start === end ? '' : ' with bytes'}`)
  }

  received(bytes: number): void {
    this.receivedBytes += bytes
  }

  sent(bytes: number): void {
    this.sentBytes += bytes
    this.#add('sent')
  }

  closed(index: number, kind: string, detail: string): void {
    this.details.push(detail)
    this.#add(`closed ${index} ${kind}`)
  }

  /** Waits until `event` was reported `times` times in all. */
  seen(event: string, times = 1): Promise<void> {
    const done = (): boolean => this.events.filter((entry) => entry.startsWith(event)).length >= times
    if (done()) return Promise.resolve()
    return new Promise((resolve) => this.#waiting.push({ done, resolve }))
  }

  #add(event: string): void {
    this.events.push(event)
    this.#waiting = this.#waiting.filter(({ done, resolve }) => {
      if (done()) resolve()
      return !done()
    })
    this.react(event)
  }
}

export interface Setting extends Partial<Omit<DriverOptions, 'url'>> {
  readonly path?: string
  readonly scheme?: 'http' | 'https'
  readonly connections?: number
  readonly payload?: PayloadWriter
}

export function drive(port: number, setting: Setting = {}): { driver: Driver; journal: Journal } {
  const { path = '/', scheme = 'http', connections = 1, payload = new DefaultPayload(), ...options } = setting
  const journal = new Journal()
  const driver = createHttp1Driver(
    {
      url: new URL(`${scheme}://127.0.0.1:${port}${path}`),
      headers: [],
      method: 'GET',
      subprotocols: [],
      compression: false,
      connectTimeoutMs: 2_000,
      maxMessageBytes: 1_048_576,
      maxHeaderBytes: 16_384,
      localAddresses: [],
      tls: null,
      ...options,
    },
    connections,
    payload,
    journal,
  )
  cleanups.push(() => {
    for (let index = 0; index < connections; index++) driver.destroy(index)
  })
  return { driver, journal }
}

export async function driveOpen(
  port: number,
  setting: Setting = {},
): Promise<{ driver: Driver; journal: Journal }> {
  const driven = drive(port, setting)
  driven.driver.open(0)
  await driven.journal.seen('opened 0')
  return driven
}

/** One request on one connection; the events from then on, until the connection is free again or gone. */
export async function eventsOf(
  port: number,
  setting: Setting = {},
): Promise<{ events: string[]; detail: string }> {
  const { driver, journal } = await driveOpen(port, setting)
  driver.send(0, 1)
  await Promise.race([journal.seen('message'), journal.seen('closed')])
  if (!driver.canSend(0)) await journal.seen('closed')
  return { events: journal.events.slice(1), detail: journal.details.at(-1) ?? '' }
}
