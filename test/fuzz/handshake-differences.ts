import type { Difference } from './target.js'
import type { WsHandshake } from './ws-oracle.js'

/** One response that one side takes and the other does not, or that they take differently. */
export interface HandshakeCase {
  /** The response, in Latin-1. */
  readonly text: string
  /** Our event: `open …`, `error …` or `incomplete`. */
  readonly ours: string
  readonly theirs: WsHandshake
}

interface Rule extends Difference {
  /** What we make of it. */
  readonly ours: RegExp
  /** What the response must have in it. */
  readonly text: RegExp
}

/** What `ws` takes and we refuse. Each has its row in docs/parser-differences.md; `ws` has its responses read by Node. */
const takenByWs: readonly Rule[] = [
  { id: 'handshake-http-1-0', ours: /status line is malformed/, text: /^HTTP\/1\.0 101/m },
  {
    id: 'handshake-reason-control',
    ours: /status line is malformed/,
    text: /^HTTP\/1\.\d 1\d\d[^\r\n]*[^\t\x20-\x7e\x80-\xff\r\n]/m,
  },
  { id: 'handshake-bare-cr', ours: /status line is malformed/, text: /^HTTP\/1\.\d 1\d\d[^\r\n]*\r[^\n]/m },
  { id: 'handshake-major-version', ours: /is not HTTP/, text: /^HTTP\/[02-9]\./m },
  { id: 'handshake-empty-line-first', ours: /is not HTTP/, text: /(^|\r\n\r\n)[\r\n]/ },
]

/** What we take and `ws` refuses. */
const takenByUs: readonly Rule[] = [
  { id: 'handshake-connection-tab', ours: /^open /, text: /^connection:[^\r\n]*\t/im },
]

/** The difference that explains a case; null where none does. */
export function handshakeDifference({ text, ours, theirs }: HandshakeCase): Difference | null {
  const rules = theirs.subprotocol === null ? takenByUs : takenByWs
  return rules.find((rule) => rule.ours.test(ours) && rule.text.test(text)) ?? null
}

export const handshakeDifferenceIds: readonly string[] = [...takenByWs, ...takenByUs].map(({ id }) => id)
