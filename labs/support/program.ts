import { realpathSync } from 'node:fs'
import type { Server } from 'node:net'
import { fileURLToPath } from 'node:url'

/** The options that every lab takes, for `parseArgs` of `node:util`. */
export const commonOptions = {
  /** 0 lets the kernel choose; the line on standard output says which it was. */
  port: { type: 'string', default: '0' },
  host: { type: 'string', default: '127.0.0.1' },
  /** A file for the reply log, written when the lab ends. */
  log: { type: 'string' },
} as const

/** The options of labs that speak WebSocket and HTTP. */
export const exchangeOptions = {
  ...commonOptions,
  /** A folder with server.pem and server.key, for wss and https; what is not there is made, with a CA in ca.pem. */
  tls: { type: 'string' },
  /** With `--tls`: clients need a certificate that the folder's CA signed. */
  'client-certificate': { type: 'boolean', default: false },
  /** Take permessage-deflate from WebSocket clients that offer it. */
  compression: { type: 'boolean', default: false },
} as const

export interface CommonValues {
  readonly port: string
  readonly host: string
  readonly log?: string | undefined
}

export interface ExchangeValues extends CommonValues {
  readonly tls?: string | undefined
  readonly 'client-certificate': boolean
  readonly compression: boolean
}

/** True if this module was started as a program, false if something imports it. */
export const runsAsProgram = (moduleUrl: string): boolean =>
  process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(moduleUrl)

/**
 * The number of an option; a lab with another truth than the one asked for would be worse than none.
 * @throws RangeError
 */
export function readNumber(text: string, name: string): number {
  const value = Number(text)
  if (text.trim() === '' || !Number.isFinite(value) || value < 0)
    throw new RangeError(`${name} takes a number`)
  return value
}

/**
 * Listens, says `listening on <port>` on standard output, and ends with code 0 on SIGTERM or SIGINT after
 * `beforeExit`. Where the port cannot be had the error goes to standard error and the code is 1.
 */
export function runServer(server: Server, values: CommonValues, beforeExit: () => void = () => {}): void {
  server.once('error', (error) => {
    process.stderr.write(`${error.message}\n`)
    process.exit(1)
  })
  server.listen({ port: readNumber(values.port, '--port'), host: values.host, backlog: 4_096 }, () => {
    const address = server.address()
    if (address !== null && typeof address === 'object') {
      process.stdout.write(`listening on ${address.port}\n`)
    }
  })
  const stop = (): void => {
    beforeExit()
    process.exit(0)
  }
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
}
