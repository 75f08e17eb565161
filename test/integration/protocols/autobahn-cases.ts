import { serverFrame } from '../../unit/protocols/websocket/ws-oracle.js'

/*
 * The cases of the Autobahn test suite for clients, by its numbers, as frames of a server and what an echoing client
 * has to answer. The suite itself needs Python 2. Sizes and repetitions of group 9 are smaller here.
 */

export interface AutobahnCase {
  readonly number: string
  readonly what: string
  /** What the server writes, one write after the other. */
  readonly writes: readonly Buffer[]
  /** The client's frames: `text HEX`, `binary HEX`, `pong HEX`, `close CODE`. */
  readonly answers: readonly string[]
  /** How the connection ends in the client's report. */
  readonly end: string
}

const textOpcode = 1
const binaryOpcode = 2
const pingOpcode = 9
const pongOpcode = 10

const text = (content: string | Buffer, fin = true) => serverFrame(textOpcode, Buffer.from(content), fin)
const binary = (content: Buffer, fin = true) => serverFrame(binaryOpcode, content, fin)
const more = (content: string | Buffer, fin = true) => serverFrame(0, Buffer.from(content), fin)
const ping = (content: string | Buffer = '') => serverFrame(pingOpcode, Buffer.from(content))
const pong = (content: string | Buffer = '') => serverFrame(pongOpcode, Buffer.from(content))
const close = (code: number | null, reason: string | Buffer = '') => {
  const head = Buffer.alloc(code === null ? 0 : 2)
  if (code !== null) head.writeUInt16BE(code)
  return serverFrame(8, Buffer.concat([head, Buffer.from(reason)]))
}
const hex = (value: string) => Buffer.from(value.replaceAll(' ', ''), 'hex')
/** With the reserved bits `rsv` (1 to 7). */
const reserved = (rsv: number, frame: Buffer) => {
  const changed = Buffer.from(frame)
  changed[0]! |= rsv << 4
  return changed
}

const echoed = (content: string | Buffer) => `text ${Buffer.from(content).toString('hex')}`
const echoedBytes = (content: Buffer) => `binary ${content.toString('hex')}`
const ponged = (content: string | Buffer = '') => `pong ${Buffer.from(content).toString('hex')}`

const chopped = (frames: readonly Buffer[], size: number): Buffer[] => {
  const bytes = Buffer.concat(frames)
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
    bytes.subarray(at * size, (at + 1) * size),
  )
}
const octets = (frames: readonly Buffer[]) => chopped(frames, 1)
const together = (frames: readonly Buffer[]) => [Buffer.concat(frames)]

/** The client answers, and the server then ends the conversation. */
const good = (
  number: string,
  what: string,
  frames: readonly Buffer[],
  answers: readonly string[],
  write: (frames: readonly Buffer[]) => Buffer[] = (each) => [...each],
): AutobahnCase => ({
  number,
  what,
  writes: write([...frames, close(1000)]),
  answers: [...answers, 'close 1000'],
  end: 'connection-closed',
})

/** The client answers up to the breach, and then fails the connection. */
const bad = (
  number: string,
  what: string,
  frames: readonly Buffer[],
  answers: readonly string[],
  end: string,
  write: (frames: readonly Buffer[]) => Buffer[] = (each) => [...each],
): AutobahnCase => ({
  number,
  what,
  writes: write(frames),
  answers: [...answers, `close ${end === 'ws-invalid-utf8' ? 1007 : 1002}`],
  end,
})

function framing(): AutobahnCase[] {
  const sizes = [0, 125, 126, 127, 128, 65_535, 65_536]
  const stars = (size: number) => '*'.repeat(size)
  const bytes = (size: number) => Buffer.alloc(size, 0xfe)
  return [
    ...sizes.map((size, at) =>
      good(`1.1.${at + 1}`, `text of ${size} bytes`, [text(stars(size))], [echoed(stars(size))]),
    ),
    good('1.1.8', 'text in chops of 997', [text(stars(65_536))], [echoed(stars(65_536))], (frames) =>
      chopped(frames, 997),
    ),
    ...sizes.map((size, at) =>
      good(`1.2.${at + 1}`, `binary of ${size} bytes`, [binary(bytes(size))], [echoedBytes(bytes(size))]),
    ),
    good('1.2.8', 'binary in chops of 997', [binary(bytes(65_536))], [echoedBytes(bytes(65_536))], (frames) =>
      chopped(frames, 997),
    ),
  ]
}

function pings(): AutobahnCase[] {
  const longest = Buffer.alloc(125, 0xfe)
  const ten = Array.from({ length: 10 }, (_, at) => `payload-${at}`)
  return [
    good('2.1', 'ping without payload', [ping()], [ponged()]),
    good('2.2', 'ping with text', [ping('Hello, world!')], [ponged('Hello, world!')]),
    good('2.3', 'ping with bytes', [ping(hex('00fffefdfcfb00ff'))], [ponged(hex('00fffefdfcfb00ff'))]),
    good('2.4', 'ping of 125 bytes', [ping(longest)], [ponged(longest)]),
    bad('2.5', 'ping of 126 bytes', [ping(Buffer.alloc(126, 0xfe))], [], 'ws-bad-control'),
    good('2.6', 'ping of 125 bytes in octets', [ping(longest)], [ponged(longest)], octets),
    good('2.7', 'pong unasked', [pong()], []),
    good('2.8', 'pong unasked with payload', [pong('unsolicited pong payload')], []),
    good('2.9', 'pong unasked, then ping', [pong('unsolicited'), ping('ping')], [ponged('ping')]),
    good('2.10', 'ten pings', ten.map(ping), ten.map(ponged), together),
    good('2.11', 'ten pings in octets', ten.map(ping), ten.map(ponged), octets),
  ]
}

function reservedBits(): AutobahnCase[] {
  const kind = 'ws-reserved-bits'
  const hello = text('Hello, world!')
  const heard = [echoed('Hello, world!')]
  return [
    bad('3.1', 'RSV 1', [reserved(4, hello)], [], kind),
    bad('3.2', 'RSV 2 after a good text', [hello, reserved(2, hello), ping()], heard, kind),
    bad('3.3', 'RSV 3, together', [hello, reserved(3, hello), ping()], heard, kind, together),
    bad('3.4', 'RSV 4 in octets', [hello, reserved(4, hello), ping()], heard, kind, octets),
    bad('3.5', 'RSV 5 of a binary', [reserved(5, binary(Buffer.alloc(8)))], [], kind),
    bad('3.6', 'RSV 6 of a ping', [reserved(6, ping('Hello'))], [], kind),
    bad('3.7', 'RSV 7 of a close frame', [reserved(7, close(1000))], [], kind),
  ]
}

function opcodes(): AutobahnCase[] {
  const kind = 'ws-bad-opcode'
  const hello = text('Hello, world!')
  const heard = [echoed('Hello, world!')]
  const of = (opcode: number, content = '') => serverFrame(opcode, Buffer.from(content))
  return [3, 11].flatMap((first, group) => {
    const number = `4.${group + 1}`
    return [
      bad(`${number}.1`, `opcode ${first}`, [of(first)], [], kind),
      bad(`${number}.2`, `opcode ${first + 1} with payload`, [of(first + 1, 'payload')], [], kind),
      bad(`${number}.3`, `opcode ${first + 2} after a text`, [hello, of(first + 2), ping()], heard, kind),
      bad(
        `${number}.4`,
        `opcode ${first + 3} with payload after a text`,
        [hello, of(first + 3, 'payload'), ping()],
        heard,
        kind,
        together,
      ),
      bad(
        `${number}.5`,
        `opcode ${first + 4} in octets`,
        [hello, of(first + 4, 'payload'), ping()],
        heard,
        kind,
        octets,
      ),
    ]
  })
}

function fragmentation(): AutobahnCase[] {
  const two = [text('fragment1', false), more('fragment2')]
  const whole = [echoed('fragment1fragment2')]
  const pinged = [two[0]!, ping('ping payload'), two[1]!]
  const pingedAnswers = [ponged('ping payload'), ...whole]
  const unsolicited = (fin: boolean) => [more('non-continuation payload', fin), text('Hello, world!')]
  const five = [
    text('fragment1', false),
    more('fragment2', false),
    ping('pongme 1!'),
    more('fragment3', false),
    more('fragment4', false),
    ping('pongme 2!'),
    more('fragment5'),
  ]
  const fiveAnswers = [
    ponged('pongme 1!'),
    ponged('pongme 2!'),
    echoed('fragment1fragment2fragment3fragment4fragment5'),
  ]
  const continuation = 'ws-bad-continuation'
  const ways = [undefined, together, octets]
  return [
    bad(
      '5.1',
      'a ping in two',
      [serverFrame(pingOpcode, Buffer.from('a'), false), more('b')],
      [],
      'ws-bad-control',
    ),
    bad(
      '5.2',
      'a pong in two',
      [serverFrame(pongOpcode, Buffer.from('a'), false), more('b')],
      [],
      'ws-bad-control',
    ),
    ...ways.map((write, at) => good(`5.${3 + at}`, 'a text in two', two, whole, write)),
    ...ways.map((write, at) =>
      good(`5.${6 + at}`, 'a ping between two fragments', pinged, pingedAnswers, write),
    ),
    ...ways.map((write, at) =>
      bad(`5.${9 + at}`, 'a last continuation of nothing', unsolicited(true), [], continuation, write),
    ),
    ...ways.map((write, at) =>
      bad(`5.${12 + at}`, 'a continuation of nothing', unsolicited(false), [], continuation, write),
    ),
    bad(
      '5.15',
      'a continuation after the last fragment',
      [...two, more('fragment3', false), text('fragment4')],
      whole,
      continuation,
    ),
    bad(
      '5.16',
      'a continuation, and a text in two',
      [more('fragment1', false), text('fragment2', false), more('fragment3')],
      [],
      continuation,
    ),
    bad(
      '5.17',
      'a last continuation, and a text in two',
      [more('fragment1'), text('fragment2', false), more('fragment3')],
      [],
      continuation,
    ),
    bad(
      '5.18',
      'two texts and no continuation',
      [text('fragment1', false), text('fragment2')],
      [],
      continuation,
    ),
    good('5.19', 'five fragments with two pings', five, fiveAnswers),
    good('5.20', 'five fragments with two pings, together', five, fiveAnswers, together),
  ]
}

const kosme = 'cebae1bdb9cf83cebcceb5'
const times = (count: number, of: (at: number) => string) =>
  Array.from({ length: count }, (_, at) => of(at)).join('')
const byte = (value: number) => value.toString(16).padStart(2, '0')
const lonely = (first: number, count: number) => times(count, (at) => `${byte(first + at)}20`)
const missingLast = [
  'c0',
  'e080',
  'f08080',
  'f8808080',
  'fc80808080',
  'df',
  'efbf',
  'f7bfbf',
  'fbbfbfbf',
  'fdbfbfbfbf',
]
const highSurrogates = ['eda080', 'edadbf', 'edae80', 'edafbf']

/** Sequences of group 6 from 6.5 on; the numbers are those of their order. */
const utf8: ReadonlyArray<readonly [group: number, valid: boolean, sequences: readonly string[]]> = [
  [
    5,
    true,
    ['hello$world', 'hello¢world', 'hello€world', 'hello𤭢world', 'κόσμε'].map((each) =>
      Buffer.from(each).toString('hex'),
    ),
  ],
  [7, true, ['00', 'c280', 'e0a080', 'f0908080']],
  [8, false, ['f888808080', 'fc8480808080']],
  [9, true, ['7f', 'dfbf', 'efbfbf', 'f48fbfbf']],
  [10, false, ['f7bfbfbf', 'fbbfbfbfbf', 'fdbfbfbfbfbf']],
  [11, true, ['ed9fbf', 'ee8080', 'efbfbd', 'f48fbfbf']],
  [
    12,
    false,
    [
      '80',
      'bf',
      '80bf',
      '80bf80',
      '80bf80bf',
      '80bf80bf80',
      '80bf80bf80bf',
      times(64, (at) => byte(0x80 + at)),
    ],
  ],
  [13, false, [lonely(0xc0, 32), lonely(0xe0, 16), lonely(0xf0, 8), lonely(0xf8, 4), lonely(0xfc, 2)]],
  [14, false, missingLast],
  [15, false, [missingLast.join('')]],
  [16, false, ['fe', 'ff', 'fefeffff']],
  [17, false, ['c0af', 'e080af', 'f08080af', 'f8808080af', 'fc80808080af']],
  [18, false, ['c1bf', 'e09fbf', 'f08fbfbf', 'f887bfbfbf', 'fc83bfbfbfbf']],
  [19, false, ['c080', 'e08080', 'f0808080', 'f880808080', 'fc8080808080']],
  [20, false, [...highSurrogates, 'edb080', 'edbe80', 'edbfbf']],
  [21, false, highSurrogates.flatMap((high) => [`${high}edb080`, `${high}edbfbf`])],
  [
    22,
    true,
    Array.from({ length: 17 }, (_, plane) => [0xfffe, 0xffff].map((low) => plane * 0x10000 + low))
      .flat()
      .map((code) => Buffer.from(String.fromCodePoint(code)).toString('hex')),
  ],
  [23, true, Array.from({ length: 7 }, (_, at) => `efbf${byte(0xb9 + at)}`)],
]

function texts(): AutobahnCase[] {
  const kind = 'ws-invalid-utf8'
  const valid = Buffer.from('Hello-µ@ßöäüàá-UTF-8!!')
  const invalid = hex(`${kosme}eda080656469746564`)
  const inOctets = (content: Buffer) =>
    [...content].map((value, at) =>
      serverFrame(at === 0 ? textOpcode : 0, Buffer.from([value]), at === content.length - 1),
    )
  const pieces = [hex(kosme), hex('f4908080'), Buffer.from('edited')]
  const three = [text(pieces[0]!, false), more(pieces[1]!, false), more(pieces[2]!)]
  const split = [
    text(Buffer.concat([pieces[0]!, hex('f4')]), false),
    more(hex('90'), false),
    more(Buffer.concat([hex('8080'), pieces[2]!])),
  ]
  const unfragmented = text(Buffer.concat(pieces))
  const prefixes = Array.from({ length: 11 }, (_, at) => kosme.slice(0, 2 * (at + 1)))
  const one = (number: string, sequence: string, isValid: boolean) =>
    isValid
      ? good(number, `text ${sequence}`, [text(hex(sequence))], [`text ${sequence}`])
      : bad(number, `text ${sequence.slice(0, 40)}`, [text(hex(sequence))], [], kind)
  return [
    good('6.1.1', 'an empty text', [text('')], [echoed('')]),
    good('6.1.2', 'an empty text in three', [text('', false), more('', false), more('')], [echoed('')]),
    good(
      '6.1.3',
      'something between two empty fragments',
      [text('', false), more('middle frame payload', false), more('')],
      [echoed('middle frame payload')],
    ),
    good('6.2.1', 'a valid text', [text(valid)], [echoed(valid)]),
    good(
      '6.2.2',
      'in two, between characters',
      [text(valid.subarray(0, 12), false), more(valid.subarray(12))],
      [echoed(valid)],
    ),
    good('6.2.3', 'in fragments of one octet', inOctets(valid), [echoed(valid)]),
    good('6.2.4', 'a short one in fragments of one octet', inOctets(hex(kosme)), [`text ${kosme}`]),
    bad('6.3.1', 'an invalid text', [text(invalid)], [], kind),
    bad('6.3.2', 'in fragments of one octet', inOctets(invalid), [], kind),
    // The suite would have these fail as early as they can; to fail at the end of the message is allowed too.
    bad('6.4.1', 'invalid in the middle fragment', three, [], kind),
    bad('6.4.2', 'invalid across fragments', split, [], kind),
    bad('6.4.3', 'invalid in the middle of a frame', [unfragmented], [], kind, (frames) =>
      chopped(frames, 13),
    ),
    bad('6.4.4', 'invalid in the middle of a frame, in octets', [unfragmented], [], kind, octets),
    ...prefixes.map((prefix, at) => one(`6.6.${at + 1}`, prefix, [2, 5, 7, 9, 11].includes(at + 1))),
    ...utf8.flatMap(([group, isValid, sequences]) =>
      sequences.map((sequence, at) => one(`6.${group}.${at + 1}`, sequence, isValid)),
    ),
    one('6.11.5', 'f4908080', false),
  ]
}

function closing(): AutobahnCase[] {
  const closed = (
    number: string,
    what: string,
    frames: Buffer[],
    answers: string[],
    code = 1000,
  ): AutobahnCase => ({
    number,
    what,
    writes: together(frames),
    answers: [...answers, `close ${code}`],
    end: 'connection-closed',
  })
  const large = '*'.repeat(262_144)
  const validCodes = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999]
  const invalidCodes = [0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999]
  return [
    closed('7.1.1', 'a text, then close', [text('Hello World!'), close(1000)], [echoed('Hello World!')]),
    closed('7.1.2', 'two close frames', [close(1000), close(1000)], []),
    closed('7.1.3', 'a ping after the close frame', [close(1000), ping()], []),
    closed('7.1.4', 'a text after the close frame', [close(1000), text('Hello World!')], []),
    closed(
      '7.1.5',
      'close between fragments',
      [text('fragment1', false), close(1000), more('fragment2')],
      [],
    ),
    closed(
      '7.1.6',
      'a large text, then close and ping',
      [text(large), text('Hello World!'), close(1000), ping()],
      [echoed(large), echoed('Hello World!')],
    ),
    closed('7.3.1', 'without a code', [close(null)], []),
    bad('7.3.2', 'half a code', [serverFrame(8, Buffer.from('a'))], [], 'ws-bad-close'),
    closed('7.3.3', 'a code', [close(1000)], []),
    closed('7.3.4', 'a code and a reason', [close(1000, 'Hello World!')], []),
    closed('7.3.5', 'the longest reason', [close(1000, '*'.repeat(123))], []),
    bad('7.3.6', 'a reason too long', [close(1000, '*'.repeat(124))], [], 'ws-bad-control'),
    bad(
      '7.5.1',
      'a reason that is no text',
      [close(1000, hex(`${kosme}eda080656469746564`))],
      [],
      'ws-invalid-utf8',
    ),
    ...validCodes.map((code, at) => closed(`7.7.${at + 1}`, `code ${code}`, [close(code)], [], code)),
    ...invalidCodes.map((code, at) =>
      bad(`7.9.${at + 1}`, `code ${code}`, [close(code)], [], 'ws-bad-close'),
    ),
    bad('7.13.1', 'code 5000', [close(5_000)], [], 'ws-bad-close'),
    bad('7.13.2', 'code 65535', [close(65_535)], [], 'ws-bad-close'),
  ]
}

function limits(): AutobahnCase[] {
  const stars = (size: number) => Buffer.alloc(size, '*')
  const fragments = (opcode: number, content: Buffer, size: number) => {
    const parts = chopped([content], size)
    return parts.map((part, at) => serverFrame(at === 0 ? opcode : 0, part, at === parts.length - 1))
  }
  const quarter = stars(262_144)
  const inChops = (size: number) => (frames: readonly Buffer[]) => chopped(frames, size)
  /** A case as text in group 9.`group`, and as binary in the one behind it. */
  const both = (
    group: number,
    sizes: readonly number[],
    what: string,
    content: (size: number) => Buffer,
    frames: (opcode: number, size: number) => Buffer[],
    times: number,
    write: (size: number) => (frames: readonly Buffer[]) => Buffer[],
  ): AutobahnCase[] =>
    [textOpcode, binaryOpcode].flatMap((opcode) =>
      sizes.map((size, at) =>
        good(
          `9.${group + opcode - 1}.${at + 1}`,
          `${opcode === textOpcode ? 'text' : 'binary'} ${what} ${size} bytes`,
          Array.from({ length: times }, () => frames(opcode, size)).flat(),
          Array(times).fill(opcode === textOpcode ? echoed(content(size)) : echoedBytes(content(size))),
          write(size),
        ),
      ),
    )
  const atOnce = () => together
  return [
    ...both(
      1,
      [65_536, 262_144, 1_048_576],
      'of',
      stars,
      (opcode, size) => [serverFrame(opcode, stars(size))],
      1,
      atOnce,
    ),
    ...both(
      3,
      [64, 256, 1_024, 4_096, 16_384, 65_536],
      'in fragments of',
      () => quarter,
      (opcode, size) => fragments(opcode, quarter, size),
      1,
      atOnce,
    ),
    ...both(
      5,
      [64, 128, 256, 512, 1_024, 2_048],
      'in chops of',
      () => quarter,
      (opcode) => [serverFrame(opcode, quarter)],
      1,
      inChops,
    ),
    ...both(
      7,
      [0, 16, 64, 256, 1_024, 4_096],
      '100 times, of',
      stars,
      (opcode, size) => [serverFrame(opcode, stars(size))],
      100,
      atOnce,
    ),
    good('10.1.1', 'text in fragments of 1,300', fragments(textOpcode, stars(65_536), 1_300), [
      echoed(stars(65_536)),
    ]),
  ]
}

export const autobahnCases: readonly AutobahnCase[] = [
  ...framing(),
  ...pings(),
  ...reservedBits(),
  ...opcodes(),
  ...fragmentation(),
  ...texts(),
  ...closing(),
  ...limits(),
]
