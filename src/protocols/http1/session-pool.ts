import type { ClientEvents, ExchangeEvents } from '../../load/session-transport.js'
import { type ConnectionPool, type Origin, SessionConnection } from './session-connection.js'
import type { Exchange } from './session-exchange.js'

/** As many as browsers open. */
const maxConnections = 6

/** The connections of one user to one origin: opened on demand, kept alive, and waited for in order. */
export class SessionPool implements ConnectionPool {
  readonly events: ClientEvents
  readonly #origin: Origin
  readonly #connections: SessionConnection[] = []
  /** The one used last is used first: the others may fall asleep. */
  readonly #free: SessionConnection[] = []
  #waiting: Exchange[] = []

  constructor(origin: Origin, events: ClientEvents) {
    this.#origin = origin
    this.events = events
  }

  /** Sends it at once where a connection is free or can be opened, else in its turn. */
  run(exchange: Exchange): void {
    this.#waiting.push(exchange)
    if (this.#waiting.length === 1) this.proceed()
  }

  proceed(): void {
    while (this.#waiting.length > 0) {
      const connection = this.#free.pop()
      if (connection !== undefined) connection.send(this.#waiting.shift()!)
      else if (this.#connections.length < maxConnections) this.#openFor(this.#waiting.shift()!)
      else return
    }
  }

  retry(exchange: Exchange): void {
    this.#openFor(exchange)
  }

  freed(connection: SessionConnection): void {
    this.#free.push(connection)
  }

  dropped(connection: SessionConnection): void {
    remove(this.#connections, connection)
    remove(this.#free, connection)
  }

  /** Gives up the exchange that reports to `events`; false if it is none of this pool. */
  cancel(events: ExchangeEvents): boolean {
    const waiting = this.#waiting.findIndex((exchange) => exchange.events === events)
    if (waiting >= 0) {
      this.#waiting.splice(waiting, 1)
      return true
    }
    const connection = this.#connections.find(({ exchange }) => exchange?.events === events)
    if (connection === undefined) return false
    const wasOpen = connection.isOpen
    connection.destroy()
    this.dropped(connection)
    if (wasOpen) this.events.connectionLost('connection-ended', 'given up together with its request')
    this.proceed()
    return true
  }

  /** Ends all connections; returns the exchanges that were open. */
  close(): Exchange[] {
    const open = this.#connections.flatMap(({ exchange }) => exchange ?? [])
    open.push(...this.#waiting)
    for (const connection of this.#connections) connection.destroy()
    this.#connections.length = 0
    this.#free.length = 0
    this.#waiting = []
    return open
  }

  #openFor(exchange: Exchange): void {
    this.#connections.push(new SessionConnection(this.#origin, this, exchange))
  }
}

function remove<Item>(list: Item[], item: Item): void {
  const at = list.indexOf(item)
  if (at >= 0) list.splice(at, 1)
}
