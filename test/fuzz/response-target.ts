import { fieldsOf, ResponseCollector } from '../../src/protocols/http1/response-collector.js'
import {
  type ResponseHandler,
  type ResponseLimits,
  ResponseParser,
} from '../../src/protocols/http1/response-parser.js'
import { httpDifference } from './http-differences.js'
import { httpDictionary, responses } from './http-grammar.js'
import { contentOf, readByNode } from './http-oracle.js'
import { type Agreement, type Reading, SharedRead, shapeOf, type Target } from './target.js'

const large = { maxHeaderBytes: 16_384, maxBodyBytes: 1_048_576 }
const variants: readonly ResponseLimits[] = [
  { ...large, headOnly: false },
  { ...large, headOnly: true },
  { maxHeaderBytes: 120, maxBodyBytes: 20, headOnly: false },
]

/** Node has other limits, so that this one is read by us alone. */
const smallLimits = 2

const shared = new SharedRead()

interface ResponseReading extends Reading {
  /** Bytes of the first response; 0 where it did not end before the connection did. */
  readonly firstLength: number
}

/**
 * Reads one response after the other, each as if it had been asked for, until one ends the connection or is refused;
 * then the connection ends.
 */
function read(pieces: readonly Buffer[], variant: number): ResponseReading {
  const events: string[] = []
  let rest = 0
  let fed = 0
  let over = false
  let firstLength = 0
  const handler: ResponseHandler = {
    firstByte: () => events.push('first '),
    interim: (status) => events.push(`interim ${status}`),
    complete(status, keepAlive, surplus) {
      const content = contentOf(fieldsOf(collector.takeHead()), collector.takeBody().toString('latin1'))
      events.push(
        `response ${status} ${parser.bodyBytes} ${keepAlive ? 'keep' : 'end'}`,
        `content ${content}`,
      )
      rest = surplus
      if (firstLength === 0) firstLength = fed - surplus
      over = !keepAlive
    },
    failed(kind, detail) {
      events.push(`error ${kind} ${detail}`)
      over = true
    },
  }
  const collector = new ResponseCollector()
  const parser = new ResponseParser(handler, variants[variant]!, collector)
  for (const piece of pieces) {
    const data = shared.place(piece)
    let start = 0
    fed += piece.length
    while (start < piece.length && !over) {
      rest = 0
      parser.read(data, start, piece.length)
      start = piece.length - rest
    }
    if (over) break
  }
  if (!over) parser.finish()
  return { events, peakBytes: 0, firstLength }
}

/** The first response decides; what lies behind it is not shown to Node, whose client takes one on a connection. */
async function compare(bytes: Buffer, ours: Reading, variant: number): Promise<Agreement> {
  if (variant === smallLimits) return 'not compared'
  const { firstLength } = ours as ResponseReading
  const shown = bytes.subarray(0, firstLength || bytes.length)
  const theirs = await readByNode(shown, variant === 1 ? 'HEAD' : 'GET')
  const response = ours.events.find((event) => event.startsWith('response'))
  const refusal =
    response === undefined ? (ours.events.find((event) => event.startsWith('error')) ?? null) : null
  const accepted = response?.split(' ').slice(1, 3).join(' ') ?? null
  const content = ours.events.find((event) => event.startsWith('content'))?.slice('content '.length) ?? ''
  if (accepted !== null && accepted === theirs.response && content === theirs.content) return 'both accept'
  if (accepted === null && theirs.response === null && theirs.error !== 'upgrade') return 'both refuse'
  const difference = httpDifference({ bytes: shown, accepted, refusal, theirs })
  return difference ?? { unexplained: `ours ${JSON.stringify(ours.events)}, Node ${JSON.stringify(theirs)}` }
}

/** Statuses and refusals tell ways through the parser apart; counts and contents differ with every input. */
function signature({ events }: Reading): string {
  return shapeOf(
    events.map((event) => {
      if (event.startsWith('error')) return event.replaceAll(/\b\d+\b/g, '#')
      const [kind, status = ''] = event.split(' ', 2)
      return kind === 'response' ? `${kind}${status} ` : `${kind} `
    }),
  )
}

/** HTTP/1.1 responses (RFC 9112), beside Node's own client. */
export const responseTarget: Target = {
  name: 'http',
  oracleName: 'node:http',
  dictionary: httpDictionary,
  variants: variants.length,
  generate: responses,
  read,
  peakLimit: () => 0,
  compare,
  signature,
}
