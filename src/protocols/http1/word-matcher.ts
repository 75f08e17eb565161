/** No transition: the byte ends the word, or must not be there. */
export const STOP = 0
/** Before the first byte of a word. */
export const START = 1
/** Inside a word that is none of the known ones. */
const OTHER = 2

/**
 * A deterministic automaton that knows a few words, whatever their case, as one flat table: the next state is
 * `next[(state << 8) | byte]`. It lets a header be recognised byte by byte with nothing kept but its state.
 */
export interface WordMatcher {
  readonly next: Uint8Array
  /** Word of a state: its position in the list of words, from 1; 0 where the bytes so far are no known word. */
  readonly wordAt: Uint8Array
}

/** RFC 9110, section 5.6.2: `tchar`. */
function isTokenByte(byte: number): boolean {
  return byte < 128 && /[!#$%&'*+\-.^_`|~0-9A-Za-z]/.test(String.fromCharCode(byte))
}

/** What a list element may hold: all that a field value may (RFC 9110, section 5.5), but the comma. */
function isElementByte(byte: number): boolean {
  return byte === 9 || (byte >= 32 && byte !== 127 && byte !== 44)
}

function buildMatcher(
  words: readonly string[],
  isWordByte: (byte: number) => boolean,
  blanksAround: boolean,
): WordMatcher {
  const states = words.reduce((sum, word) => sum + word.length + 1, OTHER + 1)
  const next = new Uint8Array(states * 256)
  const wordAt = new Uint8Array(states)
  for (let state = START; state < states; state++) {
    for (let byte = 0; byte < 256; byte++) if (isWordByte(byte)) next[(state << 8) | byte] = OTHER
  }
  let last = OTHER
  const link = (from: number, letters: string, to: number): void => {
    for (const letter of letters) next[(from << 8) | letter.charCodeAt(0)] = to
  }
  words.forEach((word, at) => {
    let state = START
    for (const letter of word) {
      const known = next[(state << 8) | letter.charCodeAt(0)]!
      const target = known === OTHER ? ++last : known
      link(state, letter + letter.toUpperCase(), target)
      state = target
    }
    wordAt[state] = at + 1
    if (!blanksAround) return
    const closed = ++last
    wordAt[closed] = at + 1
    link(state, ' \t', closed)
    link(closed, ' \t', closed)
  })
  if (blanksAround) link(START, ' \t', START)
  return { next, wordAt }
}

/** Field names that decide about framing and reuse; stopped by a colon, and by bytes that no name may hold. */
export const fieldNames = buildMatcher(
  ['content-length', 'transfer-encoding', 'connection'],
  isTokenByte,
  false,
)
export const CONTENT_LENGTH = 1
export const TRANSFER_ENCODING = 2
export const CONNECTION = 3

/** List elements of Transfer-Encoding and Connection; stopped by a comma, the end of the line and control bytes. */
export const listElements = buildMatcher(['chunked', 'close', 'keep-alive'], isElementByte, true)
export const CHUNKED = 1
export const CLOSE = 2
export const KEEP_ALIVE = 3
