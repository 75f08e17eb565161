export const TAB = 9
export const LF = 10
export const CR = 13
export const SPACE = 32
export const COMMA = 44
export const DIGIT_0 = 48
export const DIGIT_9 = 57
export const COLON = 58
export const SEMICOLON = 59
const DELETE = 127

/**
 * Position of the first byte in `data[start, stop)` that no text of a header may hold: a control byte other than the
 * tab, CR among them; `stop` if there is none.
 */
export function endOfText(data: Uint8Array, start: number, stop: number): number {
  let position = start
  while (position < stop) {
    const byte = data[position]!
    if (byte >= SPACE ? byte === DELETE : byte !== TAB) return position
    position++
  }
  return position
}

/** A byte as an error message shows it: `'x'`, or `byte 0x1b` for what does not print. */
export function describeByte(byte: number): string {
  if (byte > SPACE && byte < DELETE) return `'${String.fromCharCode(byte)}'`
  return `byte 0x${byte.toString(16).padStart(2, '0')}`
}

/** Why a byte may not stand in a line of a header. */
export function describeBadText(byte: number): string {
  return byte === LF ? 'a line ends in a bare LF' : `a line of the header has ${describeByte(byte)}`
}

/** Why a byte may not stand where `element` belongs. */
export function describeMisplaced(byte: number, element: string): string {
  return byte === LF ? describeBadText(byte) : `${describeByte(byte)} where ${element} belongs`
}

/** Why a byte may not follow a CR. */
export function describeBareCr(byte: number): string {
  return `a bare CR, followed by ${describeByte(byte)}`
}
