import { CookieJar } from 'tough-cookie'
import { parseDuration } from '../../kernel/units.js'
import type { HttpCall, HttpClient, HttpRequestOptions, HttpResponse } from '../../scenario/session.js'
import type { ConnectPhases } from '../driver.js'
import type {
  ClientEvents,
  ExchangeEvents,
  ExchangeRequest,
  SessionHttpClient,
} from '../session-transport.js'
import type { Actor } from './actor.js'
import { MeasuredMessage, type MessageOwner } from './measured-message.js'
import { LoadEnded, type SessionContext } from './session-context.js'

type Header = readonly [name: string, value: string]

/** The HTTP side of one user: cookies, keep-alive connections, and every request measured. */
export class MeasuredHttp implements HttpClient, ClientEvents {
  readonly #context: SessionContext
  readonly #actor: Actor
  #client: SessionHttpClient | null = null
  /** Made by the first cookie: most users of most targets never get one. */
  #jar: CookieJar | null = null
  #openConnections = 0

  constructor(context: SessionContext, actor: Actor) {
    this.#context = context
    this.#actor = actor
  }

  get(url: string, options?: HttpRequestOptions): HttpCall {
    return this.request('GET', url, options)
  }

  post(url: string, options?: HttpRequestOptions): HttpCall {
    return this.request('POST', url, options)
  }

  put(url: string, options?: HttpRequestOptions): HttpCall {
    return this.request('PUT', url, options)
  }

  patch(url: string, options?: HttpRequestOptions): HttpCall {
    return this.request('PATCH', url, options)
  }

  delete(url: string, options?: HttpRequestOptions): HttpCall {
    return this.request('DELETE', url, options)
  }

  request(method: string, path: string, options: HttpRequestOptions = {}): HttpCall {
    return new Call(
      new Promise((resolve, reject) => {
        if (this.#actor.ended) throw new LoadEnded()
        const { timeoutUs } = this.#context
        const url = this.#context.resolve(path)
        this.#client ??= this.#context.transports.createHttpClient(this)
        const exchange = new MeasuredExchange(
          this.#context,
          this.#actor,
          this.#client,
          options.name,
          resolve,
          reject,
        )
        exchange.onHeaders = (headers) => this.#keepCookies(url, headers)
        const limitUs = options.timeout === undefined ? timeoutUs : parseDuration(options.timeout) * 1_000
        exchange.start(this.#render(method, url, options), limitUs)
      }),
    )
  }

  /** Closes the connections, and cancels what is open. */
  close(): void {
    this.#client?.close()
    this.#context.countConnection(-this.#openConnections)
    this.#openConnections = 0
  }

  connectionOpened(phases: ConnectPhases): void {
    this.#openConnections++
    this.#context.countConnection(1)
    this.#context.outcomes.connectionOpened(this.#context.nowUs(), phases)
  }

  connectionFailed(kind: string, detail: string): void {
    this.#context.outcomes.connectionFailed(this.#context.nowUs(), kind, detail)
  }

  connectionLost(kind: string, detail: string): void {
    this.#openConnections--
    this.#context.countConnection(-1)
    if (kind !== 'connection-ended')
      this.#context.outcomes.connectionLost(this.#context.nowUs(), kind, detail)
  }

  received(bytes: number): void {
    this.#context.outcomes.bytes(this.#context.nowUs(), 0, bytes)
  }

  sent(bytes: number): void {
    this.#context.outcomes.bytes(this.#context.nowUs(), bytes, 0)
  }

  #render(method: string, url: URL, options: HttpRequestOptions): ExchangeRequest {
    const { body, type } = bodyOf(options)
    const headers: Header[] = [...this.#context.headers]
    if (type !== null) headers.push(['content-type', type])
    const cookies = this.#jar?.getCookieStringSync(url.href)
    if (cookies) headers.push(['cookie', cookies])
    const own = Object.entries(options.headers ?? {})
    const replaced = new Set(own.map(([name]) => name.toLowerCase()))
    return {
      method: method.toUpperCase(),
      url,
      headers: [...headers.filter(([name]) => !replaced.has(name.toLowerCase())), ...own],
      body,
    }
  }

  #keepCookies(url: URL, headers: readonly Header[]): void {
    for (const [name, value] of headers) {
      if (name !== 'set-cookie') continue
      this.#jar ??= new CookieJar()
      this.#jar.setCookieSync(value, url.href, { ignoreError: true })
    }
  }
}

function bodyOf({ json, form, body }: HttpRequestOptions): {
  body: string | Uint8Array | null
  type: string | null
} {
  if (json !== undefined) return { body: JSON.stringify(json), type: 'application/json' }
  if (form !== undefined) {
    const fields = Object.entries(form).map(([name, value]): [string, string] => [name, String(value)])
    return { body: new URLSearchParams(fields).toString(), type: 'application/x-www-form-urlencoded' }
  }
  return { body: body ?? null, type: null }
}

/** One request on its way, as the client's events tell of it. */
class MeasuredExchange implements ExchangeEvents, MessageOwner {
  readonly #context: SessionContext
  readonly #client: SessionHttpClient
  readonly #message: MeasuredMessage
  onHeaders: (headers: readonly Header[]) => void = () => {}

  constructor(
    context: SessionContext,
    actor: Actor,
    client: SessionHttpClient,
    name: string | undefined,
    resolve: (response: HttpResponse) => void,
    reject: (error: Error) => void,
  ) {
    const now = context.nowUs()
    const intendedUs = actor.intended.take(now)
    this.#context = context
    this.#client = client
    this.#message = new MeasuredMessage(
      context,
      this,
      context.nextMessageId(),
      -1,
      intendedUs,
      actor.intended.readyUs(intendedUs, now),
      name ?? actor.currentGroup,
      resolve as (value: unknown) => void,
      reject,
    )
  }

  start(request: ExchangeRequest, timeoutUs: number): void {
    this.#context.patience.add(this.#message, this.#context.nowUs(), timeoutUs)
    this.#client.exchange(request, this)
  }

  written(): void {
    this.#message.sent(this.#context.nowUs())
  }

  firstByte(): void {
    this.#message.firstByteUs = this.#context.nowUs()
  }

  complete(status: number, headers: readonly Header[], body: Buffer): void {
    this.onHeaders(headers)
    this.#message.answered(this.#context.nowUs(), status < 400 ? null : `http-${status}`)
    this.#message.resolve(new Response(status, headers, body))
  }

  failed(kind: string, detail: string): void {
    this.#message.failed(this.#context.nowUs(), kind, detail)
  }

  expired(): void {
    this.#client.cancel(this)
  }
}

class Response implements HttpResponse {
  readonly status: number
  readonly body: Buffer
  readonly #fields: readonly Header[]
  #headers: Record<string, string> | null = null

  constructor(status: number, fields: readonly Header[], body: Buffer) {
    this.status = status
    this.#fields = fields
    this.body = body
  }

  get headers(): Readonly<Record<string, string>> {
    if (this.#headers === null) {
      this.#headers = {}
      for (const [name, value] of this.#fields) {
        const before = this.#headers[name]
        const joint = name === 'set-cookie' ? '\n' : ', '
        this.#headers[name] = before === undefined ? value : `${before}${joint}${value}`
      }
    }
    return this.#headers
  }

  text(): string {
    return this.body.toString('utf8')
  }

  json<Value = unknown>(): Value {
    return JSON.parse(this.text()) as Value
  }
}

/** A promise with shortcuts to the body. */
class Call implements HttpCall {
  readonly [Symbol.toStringTag] = 'Promise'
  readonly #response: Promise<HttpResponse>

  constructor(response: Promise<HttpResponse>) {
    this.#response = response
  }

  // biome-ignore lint/suspicious/noThenProperty: it is a promise
  then<Value = HttpResponse, Failure = never>(
    onValue?: ((response: HttpResponse) => Value | PromiseLike<Value>) | null,
    onFailure?: ((reason: unknown) => Failure | PromiseLike<Failure>) | null,
  ): Promise<Value | Failure> {
    return this.#response.then(onValue, onFailure)
  }

  catch<Failure = never>(
    onFailure?: ((reason: unknown) => Failure | PromiseLike<Failure>) | null,
  ): Promise<HttpResponse | Failure> {
    return this.#response.catch(onFailure)
  }

  finally(onSettled?: (() => void) | null): Promise<HttpResponse> {
    return this.#response.finally(onSettled)
  }

  text(): Promise<string> {
    return this.#response.then((response) => response.text())
  }

  json<Value = unknown>(): Promise<Value> {
    return this.#response.then((response) => response.json<Value>())
  }
}
