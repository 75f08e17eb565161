import type { Random } from '../../src/kernel/random.js'
import { acceptOf, Handshake, HandshakeReader } from '../../src/protocols/websocket/handshake.js'
import { handshakeDifference } from './handshake-differences.js'
import { httpDictionary } from './http-grammar.js'
import { type Dictionary, lieInText } from './mutate.js'
import { type Agreement, type Reading, SharedRead, type Target } from './target.js'
import { shakeHandsByWs } from './ws-oracle.js'

interface Offer {
  readonly subprotocols: readonly string[]
  readonly compression: boolean
  readonly maxHeaderBytes: number
}

const roomy = 8_192
const offers: readonly Offer[] = [
  { subprotocols: [], compression: false, maxHeaderBytes: roomy },
  { subprotocols: ['chat', 'graphql-ws'], compression: false, maxHeaderBytes: roomy },
  { subprotocols: [], compression: true, maxHeaderBytes: roomy },
  { subprotocols: [], compression: false, maxHeaderBytes: 180 },
]

// The key and its answer in RFC 6455, section 1.3.
const key = 'dGhlIHNhbXBsZSBub25jZQ=='
const accept = acceptOf(key)
/** A text frame, so that it shows where each side believes the frames to begin. */
const firstFrame = Buffer.from([0x81, 2, 0x6f, 0x6b])

const handshakes = offers.map(
  (offer) => new Handshake({ url: new URL('ws://localhost/'), headers: [], ...offer }),
)

const parameters = [
  ...['server_no_context_takeover', 'client_no_context_takeover', 'server_max_window_bits=10'],
  ...[
    'client_max_window_bits=15',
    'client_max_window_bits="9"',
    'client_max_window_bits',
    'server_max_window_bits=7',
    'server_no_context_takeover=1',
  ],
]

const dictionary: Dictionary = {
  tokens: [
    ...httpDictionary.tokens,
    ...['Upgrade: websocket\r\n', 'Connection: Upgrade\r\n', 'websocket', 'WebSocket', 'Upgrade', accept],
    ...parameters,
    ...[
      'Sec-WebSocket-Protocol: chat\r\n',
      'Sec-WebSocket-Protocol: a\r\n',
      'permessage-deflate',
      'HTTP/1.1 103 x\r\n',
    ],
    ...[
      `Sec-WebSocket-Accept: ${accept}\r\n`,
      'Sec-WebSocket-Extensions: permessage-deflate\r\n',
      '101',
      '503',
    ],
  ].map((token) => (typeof token === 'string' ? Buffer.from(token, 'latin1') : token)),
  lie: lieInText,
}

function shuffled<Item>(items: readonly Item[], random: Random): Item[] {
  return items
    .map((item) => ({ item, order: random.next() }))
    .sort((a, b) => a.order - b.order)
    .map(({ item }) => item)
}

function subprotocolAnswer(random: Random): string[] {
  const kind = random.integer(0, 9)
  if (kind < 5) return []
  return [`Sec-WebSocket-Protocol: ${kind < 9 ? 'chat' : 'other'}`]
}

const extensionAnswer = (random: Random): string =>
  [
    'permessage-deflate',
    ...random.pick([[], [random.pick(parameters)], [random.pick(parameters), random.pick(parameters)]]),
  ].join(random.pick(['; ', ';']))

/** A right answer to the handshake, with the first frame behind it; now and then a refusal. */
function generate(random: Random): Buffer {
  const fields = [
    random.pick(['Upgrade: websocket', 'upgrade:WebSocket ']),
    random.pick(['Connection: Upgrade', 'connection: keep-alive,  UPGRADE']),
    random.pick([`Sec-WebSocket-Accept: ${accept}`, `sec-websocket-accept:${accept}\t`]),
    ...subprotocolAnswer(random),
    ...(random.integer(0, 5) === 0 ? [`Sec-WebSocket-Extensions: ${extensionAnswer(random)}`] : []),
    ...random.pick([[], [], ['Date: Thu, 01 Jan 1970 00:00:00 GMT'], ['X-Empty:', 'X: a, b']]),
  ]
  const status = random.pick([
    ...['HTTP/1.1 101 Switching Protocols', 'HTTP/1.1 101 Fine', 'HTTP/1.1 101 ', 'HTTP/1.1 101'],
    ...['HTTP/1.1 503 Busy'],
  ])
  const before = random.integer(0, 6) === 0 ? 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n' : ''
  const head = `${before}${[status, ...shuffled(fields, random)].join('\r\n')}\r\n\r\n`
  return Buffer.concat([Buffer.from(head, 'latin1'), firstFrame])
}

const shared = new SharedRead()

function read(pieces: readonly Buffer[], variant: number): Reading {
  const reader = new HandshakeReader(handshakes[variant]!, key)
  let before = 0
  for (const piece of pieces) {
    const offset = reader.push(shared.place(piece), piece.length)
    if (offset >= 0) return { events: [`open ${reader.subprotocol ?? ''} ${before + offset}`], peakBytes: 0 }
    if (reader.failure) {
      return { events: [`error ${reader.failure.kind} ${reader.failure.detail}`], peakBytes: 0 }
    }
    before += piece.length
  }
  return { events: [], peakBytes: 0 }
}

async function compare(bytes: Buffer, ours: Reading, variant: number): Promise<Agreement> {
  const offer = offers[variant]!
  // Node has other limits, so that this one is read by us alone.
  if (offer.maxHeaderBytes < roomy) return 'not compared'
  const text = bytes.toString('latin1')
  const theirs = await shakeHandsByWs(
    (theirKey) => Buffer.from(text.replaceAll(accept, acceptOf(theirKey)), 'latin1'),
    offer,
  )
  const [event = 'incomplete'] = ours.events
  const opens = event.startsWith('open')
  const [, subprotocol, offset] = opens ? event.split(' ') : []
  const start = Number(offset)
  const ourFrame = bytes.subarray(start, start + firstFrame.length).equals(firstFrame)
  if (opens && theirs.subprotocol === subprotocol && (theirs.messages[0] === 'ok') === ourFrame) {
    return 'both accept'
  }
  if (!opens && theirs.subprotocol === null) return 'both refuse'
  const difference = handshakeDifference({ text, ours: event, theirs })
  return difference ?? { unexplained: `ours '${event}', ws ${JSON.stringify(theirs)}` }
}

/** The response to a WebSocket handshake (RFC 6455, section 4.1), beside the client of the `ws` package. */
export const handshakeTarget: Target = {
  name: 'handshake',
  oracleName: 'ws',
  dictionary,
  variants: offers.length,
  generate,
  read,
  peakLimit: () => 0,
  compare,
  // What a refusal quotes of the response differs with every input.
  signature: ({ events: [event = 'incomplete'] }) => event.replaceAll(/'.*'|HTTP.*|-?\d+/gs, '#'),
}
