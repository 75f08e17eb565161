/*
 * Splits JavaScript into tokens, as far as finding functions, loops, regular expressions and calls needs it. It never
 * fails: text that is not JavaScript comes out as some tokens.
 */

export type TokenKind = 'name' | 'number' | 'text' | 'regex' | 'punctuator'

export interface Token {
  readonly kind: TokenKind
  readonly start: number
  readonly end: number
  /** The characters of a name or punctuator; empty for what is long and tells nothing. */
  readonly text: string
}

const space = /\s+/y
const name = /#?[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*/uy
const number = /\.?\d(?:[\w.]|(?<=e)[+-])*/iy

/** A slash after one of these opens a regular expression, as after any operator. */
const operators = new Set(
  'return typeof case in of delete void throw new else do yield await instanceof'.split(' '),
)
const beforeParenthesis = new Set('if while for with'.split(' '))

export class JsTokens {
  readonly #text: string
  readonly #to: number
  #at: number
  #before: Token | null = null
  /** Open brackets: what may follow their end. */
  readonly #open: Array<'template' | 'control' | 'other'> = []
  #regexMayFollow = true

  constructor(text: string, from = 0, to = text.length) {
    this.#text = text
    this.#at = from
    this.#to = Math.min(to, text.length)
  }

  /** null at the end of the text. */
  next(): Token | null {
    this.#skipBlanks()
    if (this.#at >= this.#to) return null
    const token = this.#read()
    this.#at = token.end
    this.#before = token
    return token
  }

  #skipBlanks(): void {
    const text = this.#text
    for (;;) {
      space.lastIndex = this.#at
      if (space.test(text)) this.#at = space.lastIndex
      else if (text.startsWith('//', this.#at)) this.#at = indexOr(text, '\n', this.#at, this.#to)
      else if (text.startsWith('/*', this.#at)) this.#at = indexOr(text, '*/', this.#at + 2, this.#to) + 2
      else return
    }
  }

  #read(): Token {
    const start = this.#at
    const char = this.#text[start]!
    name.lastIndex = start
    if (name.test(this.#text)) return this.#name(start, name.lastIndex)
    number.lastIndex = start
    if (number.test(this.#text)) return this.#value('number', start, number.lastIndex)
    if (char === '"' || char === "'") return this.#value('text', start, endOfQuoted(this.#text, start))
    if (char === '`') return this.#template(start)
    if (char === '/' && this.#regexMayFollow) {
      const end = endOfRegex(this.#text, start)
      if (end > 0) return this.#value('regex', start, end)
    }
    return this.#punctuator(start, char)
  }

  #name(start: number, end: number): Token {
    const text = this.#text.slice(start, end)
    this.#regexMayFollow = operators.has(text) && this.#before?.text !== '.'
    return { kind: 'name', start, end, text }
  }

  #value(kind: TokenKind, start: number, end: number): Token {
    this.#regexMayFollow = false
    return { kind, start, end, text: '' }
  }

  /** A piece of a template: up to its end, or to the next `${`. */
  #template(start: number): Token {
    const text = this.#text
    for (let at = start + 1; at < text.length; at++) {
      if (text[at] === '\\') at++
      else if (text[at] === '`') return this.#value('text', start, at + 1)
      else if (text[at] === '$' && text[at + 1] === '{') {
        this.#open.push('template')
        this.#regexMayFollow = true
        return { kind: 'text', start, end: at + 2, text: '' }
      }
    }
    return this.#value('text', start, text.length)
  }

  #punctuator(start: number, char: string): Token {
    if (char === '}' && this.#open.at(-1) === 'template') {
      this.#open.pop()
      return this.#template(start)
    }
    this.#regexMayFollow = true
    if (char === '(') this.#open.push(beforeParenthesis.has(this.#before?.text ?? '') ? 'control' : 'other')
    else if (char === '[' || char === '{') this.#open.push('other')
    else if (char === ')' || char === ']' || char === '}') {
      this.#regexMayFollow = this.#open.pop() === 'control'
    }
    const text = this.#text.startsWith('=>', start) ? '=>' : char
    return { kind: 'punctuator', start, end: start + text.length, text }
  }
}

function indexOr(text: string, what: string, from: number, otherwise: number): number {
  const index = text.indexOf(what, from)
  return index < 0 ? otherwise : index
}

/** The index after a string in quotes, or the end of its line where it is not closed. */
export function endOfQuoted(text: string, start: number): number {
  const quote = text[start]
  for (let at = start + 1; at < text.length; at++) {
    const char = text[at]
    if (char === '\\') at++
    else if (char === quote) return at + 1
    else if (char === '\n') return at
  }
  return text.length
}

/** The index after a regular expression and its flags; 0 if the line holds no end of it. */
export function endOfRegex(text: string, start: number): number {
  let inClass = false
  for (let at = start + 1; at < text.length; at++) {
    const char = text[at]
    if (char === '\n') return 0
    if (char === '\\') at++
    else if (char === '[') inClass = true
    else if (char === ']') inClass = false
    else if (char === '/' && !inClass) {
      let end = at + 1
      while (end < text.length && /[a-z]/.test(text[end]!)) end++
      return at === start + 1 ? 0 : end
    }
  }
  return 0
}
