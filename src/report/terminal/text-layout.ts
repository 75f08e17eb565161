/**
 * Text from outside as one safe line: control characters, which could move the cursor or retitle the window, become
 * `·`; so do the invisible marks that reverse the direction of writing.
 */
export const safeLine = (text: string): string =>
  text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu, '·')

/** Columns that a text takes, one for each character; good enough for names and numbers. */
export const columnsOf = (text: string): number => [...text].length

/** At most `columns` long, with `…` where something was cut off the end. */
export function clip(text: string, columns: number): string {
  const characters = [...text]
  return characters.length <= columns ? text : `${characters.slice(0, Math.max(0, columns - 1)).join('')}…`
}

/** At most `columns` long, with `…` where something was cut off the start: for paths, whose end says most. */
export function clipStart(text: string, columns: number): string {
  const characters = [...text]
  return characters.length <= columns
    ? text
    : `…${characters.slice(characters.length - columns + 1).join('')}`
}

/** Breaks a text between words into lines of at most `columns`; a longer word is cut into pieces. */
export function wrap(text: string, columns: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ').flatMap((part) => chop(part, columns))) {
    if (line !== '' && columnsOf(line) + 1 + columnsOf(word) > columns) {
      lines.push(line)
      line = word
    } else {
      line = line === '' ? word : `${line} ${word}`
    }
  }
  return [...lines, line]
}

function chop(word: string, columns: number): string[] {
  const characters = [...word]
  if (characters.length <= columns) return [word]
  const pieces: string[] = []
  for (let at = 0; at < characters.length; at += columns)
    pieces.push(characters.slice(at, at + columns).join(''))
  return pieces
}

/** Fills up with spaces on the right. */
export const padEnd = (text: string, columns: number): string =>
  text + ' '.repeat(Math.max(0, columns - columnsOf(text)))

/** Fills up with spaces on the left. */
export const padStart = (text: string, columns: number): string =>
  ' '.repeat(Math.max(0, columns - columnsOf(text))) + text
