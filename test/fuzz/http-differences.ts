import type { NodeReading } from './http-oracle.js'
import type { Difference } from './target.js'

/** One input that one side takes and the other does not, or that they take differently. */
export interface HttpCase {
  readonly bytes: Buffer
  /** Our status and body bytes; null where we refuse. */
  readonly accepted: string | null
  /** Our refusal with its reason. */
  readonly refusal: string | null
  readonly theirs: NodeReading
}

interface Rule extends Difference {
  /** What Node says where we take the response; null where Node takes it. */
  readonly node: RegExp | null
  /** Our refusal where Node takes the response; null where we take it. */
  readonly ours: RegExp | null
  /** What the input must have in it. */
  readonly input: RegExp
}

/** Each with its row in docs/parser-differences.md. The narrower ones stand first. */
const rules: readonly Rule[] = [
  { id: 'http-minor-version', node: /^HPE_INVALID_VERSION$/, ours: null, input: /^HTTP\/1\.[2-9] /m },
  { id: 'http-closed-by-interim', node: /^HPE_CLOSED_CONNECTION$/, ours: null, input: /^HTTP\/1\.\d 1/ },
  {
    id: 'http-length-in-trailers',
    node: /^HPE_(UNEXPECTED|INVALID)_CONTENT_LENGTH$/,
    ours: null,
    input: /\r\n0+[ \t]*(;[^\r]*)?\r\n([^\r]*\r\n)*Content-Length:/i,
  },
  {
    id: 'http-length-repeated',
    node: /^HPE_(UNEXPECTED|INVALID)_CONTENT_LENGTH$/,
    ours: null,
    input: /Content-Length:[^\r]*(\r\n[^\r]+)*(\r\nContent-Length:|,)/i,
  },
  {
    id: 'http-length-tab',
    node: /^HPE_INVALID_CONTENT_LENGTH$/,
    ours: null,
    input: /Content-Length:[ \t]*\d*[ ]*\t/i,
  },
  { id: 'http-chunk-extension', node: /^HPE_STRICT$/, ours: null, input: /\r\n[0-9a-f]+[ \t]*;/i },
  {
    id: 'http-reason-control',
    node: null,
    ours: /the header has byte/,
    input: /^HTTP\/1\.\d \d{3}[^\r\n]*[^\t\x20-\x7e\x80-\xff\r\n]/m,
  },
  { id: 'http-unasked-101', node: null, ours: /switches protocols unasked/, input: / 101/ },
  { id: 'http-status-below-100', node: null, ours: /is below 100/, input: / 0\d\d/ },
  {
    id: 'http-empty-line-first',
    node: null,
    ours: /status line has byte 0x0[ad] at position 0/,
    input: /(^|\r\n\r\n)[\r\n]/,
  },
  {
    id: 'http-major-version',
    node: null,
    ours: /status line has '[0-9]' at position 5/,
    input: /^HTTP\/[02-9]\./m,
  },
  { id: 'http-bare-cr', node: null, ours: /a bare CR, followed/, input: /\r[^\n]/ },
  { id: 'http-chunked-twice', node: null, ours: /chunked twice/, input: /chunked[\s\S]*chunked/i },
  { id: 'http-length-beyond-2-53', node: null, ours: /Content-Length is out of range/, input: /\d{16}/ },
  { id: 'http-coding-blanks', node: null, ours: null, input: /Transfer-Encoding:[^\r]*(\t|,[ \t]*(,|\r))/i },
]

/** The difference that explains a case; null where none does. */
export function httpDifference({ bytes, accepted, refusal, theirs }: HttpCase): Difference | null {
  const text = bytes.toString('latin1')
  const found = rules.find(({ node, ours, input }) => {
    const nodeFits =
      node === null ? theirs.response !== null || theirs.error === 'upgrade' : node.test(theirs.error ?? '')
    const oursFit = ours === null ? accepted !== null : ours.test(refusal ?? '')
    return nodeFits && oursFit && input.test(text)
  })
  return found ?? null
}

export const httpDifferenceIds: readonly string[] = rules.map(({ id }) => id)
