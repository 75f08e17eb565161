/*
 * Tells what a function spends its own time on where no line numbers can: minified code stands on one line. The rule:
 * if the operations in its own code that tell are of one kind, and nothing else there can be hot (a loop without such
 * an operation in it, or a call of a builtin that may take long), its time is of that kind. If nothing tells, it is
 * ordinary code. Else it cannot be told.
 */
import { JsTokens, type Token } from './js-tokens.js'
import type { LineWork } from './source-line.js'

export interface FunctionWork {
  readonly work: LineWork
  /** Where in the text the first operation stands that tells; −1 where there is none. */
  readonly at: number
  /** Names of the functions that its own code calls, other than methods. */
  readonly calls: readonly string[]
  /** True where its own code loops, or calls a builtin that may take long. */
  readonly isBusy: boolean
}

/** A longer function is not read. */
const maxTokens = 50_000

/** Builtins that loop in native code, without a frame of their own: their time is self time of the caller. */
const weightyMethods = new Set(
  (
    'sort toSorted join indexOf lastIndexOf includes fill reverse toReversed concat slice splice toSpliced repeat ' +
    'normalize localeCompare from keys values entries assign fromEntries map filter reduce reduceRight forEach find ' +
    'findLast findIndex some every flat flatMap encode decode set copyWithin exec replace replaceAll split search ' +
    'groupBy toLowerCase toUpperCase padStart padEnd'
  ).split(' '),
)
const takesPattern = new Set(['replace', 'replaceAll', 'split', 'search'])
const control = new Set(['if', 'for', 'while', 'switch', 'catch', 'with', 'await'])
const opening = new Set(['(', '[', '{'])
const closing = new Set([')', ']', '}'])

/**
 * @param offset where the function begins, as V8 gives it: the parenthesis of its parameters, the parameter of an
 *   arrow function, or a block
 * @param regexNames variables that hold regular expressions
 * @returns null where no function is found there
 */
export function workOfFunction(
  text: string,
  offset: number,
  regexNames: ReadonlySet<string>,
): FunctionWork | null {
  const body = bodyTokens(new JsTokens(text, offset))
  return body && judge(withoutNested(body), regexNames)
}

/** The work of the code of a module outside all functions. */
export function workOfModule(text: string, regexNames: ReadonlySet<string>): FunctionWork | null {
  const tokens = new JsTokens(text)
  const body: Token[] = []
  for (let token = tokens.next(); token; token = tokens.next()) {
    if (body.push(token) > maxTokens) return null
  }
  return judge(withoutNested(body), regexNames)
}

function bodyTokens(tokens: JsTokens): Token[] | null {
  let token = tokens.next()
  for (let skipped = 0; token && !isOneOf(token, '(', '{', '=>'); token = tokens.next()) {
    if (++skipped > 4) return null
  }
  if (token?.text === '(') {
    if (!takeBalanced(tokens, [])) return null
    token = tokens.next()
  }
  if (token?.text === '{') return takeBlock(tokens)
  if (token?.text !== '=>') return null
  const first = tokens.next()
  if (!first) return null
  return first.text === '{' ? takeBlock(tokens) : takeExpression(tokens, first)
}

function takeBlock(tokens: JsTokens): Token[] | null {
  const body: Token[] = []
  return takeBalanced(tokens, body) ? body : null
}

/** Reads up to the end of a bracket that was opened just now. */
function takeBalanced(tokens: JsTokens, into: Token[]): boolean {
  let depth = 1
  for (let token = tokens.next(); token; token = tokens.next()) {
    if (isBracket(token, opening)) depth++
    if (isBracket(token, closing) && --depth === 0) return true
    if (into.push(token) > maxTokens) return false
  }
  return false
}

function takeExpression(tokens: JsTokens, first: Token): Token[] | null {
  const body: Token[] = []
  let depth = 0
  for (let token: Token | null = first; token; token = tokens.next()) {
    if (depth === 0 && isOneOf(token, ',', ';', ')', ']', '}')) return body
    depth += isBracket(token, opening) ? 1 : isBracket(token, closing) ? -1 : 0
    if (body.push(token) > maxTokens) return null
  }
  return body
}

const isOneOf = (token: Token, ...texts: string[]): boolean =>
  token.kind === 'punctuator' && texts.includes(token.text)
const isBracket = (token: Token, brackets: ReadonlySet<string>): boolean =>
  token.kind === 'punctuator' && brackets.has(token.text)

/** Functions within have frames of their own. */
function withoutNested(tokens: readonly Token[]): Token[] {
  const own: Token[] = []
  /** Whether each open parenthesis may be that of a method's parameters. */
  const parentheses: boolean[] = []
  let afterParameters = false
  for (let index = 0; index < tokens.length; index++) {
    const token = tokens[index]!
    const isMethod: boolean = afterParameters && token.text === '{'
    afterParameters = false
    if (isMethod) index = endOfBrackets(tokens, index)
    else if (token.text === '=>') index = endOfArrowBody(tokens, index + 1)
    else if (isKeyword(tokens, index, 'function') || isKeyword(tokens, index, 'class')) {
      index = endOfBrackets(tokens, indexOfBlock(tokens, index))
    } else {
      own.push(token)
      const before = tokens[index - 1]
      if (token.text === '(') parentheses.push(before?.kind === 'name' && !control.has(before.text))
      if (token.text === ')') afterParameters = parentheses.pop() ?? false
    }
  }
  return own
}

const isKeyword = (tokens: readonly Token[], index: number, keyword: string): boolean =>
  tokens[index]!.text === keyword && tokens[index - 1]?.text !== '.' && tokens[index + 1]?.text !== ':'

/** The next block outside of parentheses: that of a function after its parameters, that of a class. */
function indexOfBlock(tokens: readonly Token[], from: number): number {
  for (let index = from; index < tokens.length; index++) {
    const { text } = tokens[index]!
    if (text === '{') return index
    if (text === '(') index = endOfBrackets(tokens, index)
  }
  return tokens.length
}

/** The index of the bracket that closes the one at `from`. */
function endOfBrackets(tokens: readonly Token[], from: number): number {
  let depth = 0
  for (let index = from; index < tokens.length; index++) {
    if (isBracket(tokens[index]!, opening)) depth++
    if (isBracket(tokens[index]!, closing) && --depth === 0) return index
  }
  return tokens.length
}

function endOfArrowBody(tokens: readonly Token[], from: number): number {
  if (tokens[from]?.text === '{') return endOfBrackets(tokens, from)
  for (let index = from; index < tokens.length; index++) {
    const token = tokens[index]!
    if (isOneOf(token, ',', ';', ')', ']', '}')) return index - 1
    if (isBracket(token, opening)) index = endOfBrackets(tokens, index)
  }
  return tokens.length
}

interface Operation {
  readonly index: number
  readonly kind: 'serialization' | 'regex' | 'weighty'
}

function judge(tokens: readonly Token[], regexNames: ReadonlySet<string>): FunctionWork {
  const operations = tokens.flatMap((_, index): Operation[] => {
    const kind = kindOf(tokens, index, regexNames)
    return kind ? [{ index, kind }] : []
  })
  const telling = operations.filter(({ kind }) => kind !== 'weighty')
  const loops = loopsOf(tokens)
  const rest = { calls: callsOf(tokens), isBusy: loops.length > 0 || operations.length > telling.length }
  const first = telling[0]
  if (!first) return { work: 'other', at: -1, ...rest }
  const isPure =
    operations.every(({ kind }) => kind === first.kind) &&
    loops.every(([from, to]) => telling.some(({ index }) => index >= from && index <= to))
  return { work: isPure ? (first.kind as LineWork) : 'mixed', at: tokens[first.index]!.start, ...rest }
}

function callsOf(tokens: readonly Token[]): string[] {
  const calls = tokens.flatMap(({ kind, text }, index) =>
    kind === 'name' &&
    !control.has(text) &&
    tokens[index + 1]?.text === '(' &&
    tokens[index - 1]?.text !== '.'
      ? [text]
      : [],
  )
  return [...new Set(calls)]
}

function kindOf(
  tokens: readonly Token[],
  index: number,
  regexNames: ReadonlySet<string>,
): Operation['kind'] | null {
  const { kind, text } = tokens[index]!
  const after = (distance: number): string => tokens[index + distance]?.text ?? ''
  const before = (distance: number): string => tokens[index - distance]?.text ?? ''
  if (kind === 'regex') return 'regex'
  if (kind !== 'name') return null
  if (text === 'JSON' && before(1) !== '.') {
    return after(1) === '.' && (after(2) === 'stringify' || after(2) === 'parse') ? 'serialization' : null
  }
  if (after(1) !== '(') return null
  if (before(1) !== '.') {
    return text === 'structuredClone' ? 'serialization' : text === 'RegExp' ? 'regex' : null
  }
  if (text === 'test' || text === 'match' || text === 'matchAll') return 'regex'
  if (text === 'exec' && regexNames.has(withoutHash(before(2)))) return 'regex'
  if (takesPattern.has(text)) {
    let pattern = index + 2
    if (tokens[pattern]?.kind === 'regex') return null
    while (tokens[pattern + 1]?.text === '.') pattern += 2
    if (regexNames.has(withoutHash(tokens[pattern]?.text ?? ''))) return 'regex'
  }
  return weightyMethods.has(text) && tokens[index - 2]?.kind !== 'regex' ? 'weighty' : null
}

const withoutHash = (name: string): string => name.replace('#', '')

/** First and last token of each loop. */
function loopsOf(tokens: readonly Token[]): Array<readonly [from: number, to: number]> {
  const loops: Array<readonly [number, number]> = []
  /** Tokens `while` that end a loop rather than begin one. */
  const ends = new Set<number>()
  tokens.forEach((_, index) => {
    const isDo = isKeyword(tokens, index, 'do')
    if (isDo) {
      const to = endOfStatement(tokens, index + 1)
      loops.push([index, to])
      if (tokens[to + 1]?.text === 'while') ends.add(to + 1)
    } else if (isKeyword(tokens, index, 'for') || isKeyword(tokens, index, 'while')) {
      if (ends.has(index)) return
      const head = tokens[index + 1]?.text === 'await' ? index + 2 : index + 1
      if (tokens[head]?.text === '(')
        loops.push([index, endOfStatement(tokens, endOfBrackets(tokens, head) + 1)])
    }
  })
  return loops
}

function endOfStatement(tokens: readonly Token[], from: number): number {
  if (tokens[from]?.text === '{') return endOfBrackets(tokens, from)
  for (let index = from; index < tokens.length; index++) {
    const token = tokens[index]!
    if (token.text === ';') return index
    if (isBracket(token, closing)) return index - 1
    if (isBracket(token, opening)) index = endOfBrackets(tokens, index)
  }
  return tokens.length
}
