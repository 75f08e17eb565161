import type { Random } from '../../src/kernel/random.js'
import { type Dictionary, lieInText } from './mutate.js'

const field = (random: Random): string =>
  random.pick([
    'Date: Thu, 01 Jan 1970 00:00:00 GMT',
    'Server: a',
    'X-Empty:',
    'x-tab:\ta\tb',
    'Set-Cookie: a=b; Path=/',
    'Content-Type: text/plain',
    'X-Latin: é',
    `X-Long: ${'v'.repeat(random.integer(0, 90))}`,
    'Connection: keep-alive',
    'Connection: close',
    'connection: x, Close',
    'Content-Lengths: 9',
    'Keep-Alive: timeout=5',
  ])

const fields = (random: Random): string[] => Array.from({ length: random.integer(0, 3) }, () => field(random))

const body = (random: Random): string => 'b'.repeat(random.pick([0, 1, 2, 5, 16, 17, 100]))

function chunk(random: Random): string {
  const data = body(random) || 'c'
  const size = data.length.toString(16)
  const shown = random.pick([size, size, size.toUpperCase(), `0${size}`])
  return `${shown}${random.pick(['', '', '', ';a=b', ';a="b"', ';a'])}\r\n${data}\r\n`
}

function chunks(random: Random): string {
  const all = Array.from({ length: random.integer(0, 4) }, () => chunk(random)).join('')
  const trailers = random.integer(0, 4) === 0 ? 'X-Sum: 1\r\n' : ''
  return `${all}${random.pick(['0', '0', '00', '0;end'])}\r\n${trailers}\r\n`
}

/** Nearly always as everyone writes it. */
function lengthText(length: number, random: Random): string {
  const kind = random.integer(0, 19)
  if (kind > 4) return ` ${length}`
  return [`${length}`, ` 0${length}`, ` ${length}, ${length}`, ` ${length} ${length}`, `\t${length} \t`][
    kind
  ]!
}

const statusLines = [
  ...['HTTP/1.1 200 OK', 'HTTP/1.1 200 OK', 'HTTP/1.1 404 Not Found', 'HTTP/1.0 200 OK', 'HTTP/1.1 500 '],
  ...['HTTP/1.1 204 No Content', 'HTTP/1.1 304 Not Modified', 'HTTP/1.1 302 Found', 'HTTP/1.1 299'],
]

function final(random: Random): string {
  const status = random.pick(statusLines)
  const lines = [status, ...fields(random)]
  const kind = random.integer(0, 9)
  if (kind < 4) {
    const content = body(random)
    return `${[...lines, `Content-Length:${lengthText(content.length, random)}`].join('\r\n')}\r\n\r\n${content}`
  }
  if (kind < 8) {
    const coding = random.pick(['chunked', 'Chunked', 'gzip, chunked', 'chunked '])
    return `${[...lines, `Transfer-Encoding: ${coding}`].join('\r\n')}\r\n\r\n${chunks(random)}`
  }
  return `${lines.join('\r\n')}\r\n\r\n${body(random)}`
}

const interim = (random: Random): string =>
  random.pick([
    'HTTP/1.1 100 Continue\r\n\r\n',
    'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n',
    'HTTP/1.1 102 Processing\r\n\r\n',
  ])

/** One to three responses as servers send them, interim ones before some. */
export function responses(random: Random): Buffer {
  let text = ''
  for (let left = random.pick([1, 1, 1, 2, 3]); left > 0; left--) {
    for (let before = random.pick([0, 0, 0, 1, 2]); before > 0; before--) text += interim(random)
    text += final(random)
  }
  return Buffer.from(text, 'latin1')
}

export const httpDictionary: Dictionary = {
  tokens: [
    ...[
      '\r\n',
      '\n',
      '\r',
      '\r\n\r\n',
      ':',
      ' ',
      '\t',
      ',',
      ';',
      '"',
      '\0',
      '\x7f',
      '\x80',
      '\xa0',
      '\x85',
      '\x0b',
    ],
    ...[
      'HTTP/1.1 ',
      'HTTP/1.0 ',
      'HTTP/2.0',
      'HTTP/1.9',
      '100',
      '101',
      '204',
      '304',
      '000',
      '099',
      ' 200 OK\r\n',
    ],
    ...[
      'Content-Length: ',
      'Content-Length: 2\r\n',
      'Transfer-Encoding: chunked\r\n',
      'chunked',
      ', chunked',
    ],
    ...[
      'gzip',
      'identity',
      'Connection: close\r\n',
      'Connection: upgrade\r\nUpgrade: x\r\n',
      '0\r\n\r\n',
      '0x',
      '-',
      '+',
    ],
    ...['f', ';a=b', ';a="b\\""', 'X: y\r\n', ' folded', 'Trailer: x\r\n'],
  ].map((token) => Buffer.from(token, 'latin1')),
  lie: lieInText,
}
