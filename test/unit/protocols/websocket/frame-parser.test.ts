import { constants, deflateRawSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { closeCodeOf } from '../../../../src/protocols/websocket/close-codes.js'
import { type FrameHandler, FrameParser } from '../../../../src/protocols/websocket/frame-parser.js'
import { Deflater, Inflater } from '../../../../src/protocols/websocket/message-deflate.js'
import { readByWs, serverFrame } from './ws-oracle.js'

const text = (value: string, fin = true) => serverFrame(1, Buffer.from(value), fin)
const binary = (length: number, fin = true) => serverFrame(2, Buffer.alloc(length, 0xc3), fin)
const continuation = (payload: Buffer | string, fin = true) => serverFrame(0, Buffer.from(payload), fin)
const hex = (value: string) => Buffer.from(value.replaceAll(' ', ''), 'hex')

/** Parses the pieces one after the other; one line for each event. `peak` is the most memory that was held. */
function parse(
  pieces: readonly Buffer[],
  limit = 1_000_000,
  inflater: Inflater | null = null,
): { events: string[]; peak: number } {
  const events: string[] = []
  const handler: FrameHandler = {
    onMessage: (data, start, end, isBinary) =>
      events.push(`${isBinary ? 'binary' : 'text'} ${data.toString('hex', start, end)}`),
    onPing: (data, start, end) => events.push(`ping ${data.toString('hex', start, end)}`),
    onCloseFrame: (code, reason) => events.push(`close ${code} ${Buffer.from(reason).toString('hex')}`),
  }
  const parser = new FrameParser(handler, limit, inflater)
  let peak = 0
  // One buffer for all reads, as sockets have it: what the parser keeps must be a copy.
  const shared = Buffer.alloc(Math.max(1, ...pieces.map((piece) => piece.length)) + 5)
  for (const piece of pieces) {
    shared.fill(0xee)
    piece.copy(shared, 5)
    const problem = parser.push(shared, 5, 5 + piece.length)
    peak = Math.max(peak, parser.bufferedBytes)
    if (problem !== null) events.push(`error ${problem}`)
  }
  return { events, peak }
}

function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const sorted = [...places].map((place) => place % (bytes.length + 1)).sort((a, b) => a - b)
  return [0, ...sorted].map((start, at) => bytes.subarray(start, sorted[at] ?? bytes.length))
}

const conversation = Buffer.concat([
  text('hello'),
  serverFrame(9, Buffer.from('are you there')),
  text(''),
  text('grü', false),
  serverFrame(10, Buffer.from('unasked')),
  serverFrame(9, Buffer.alloc(0)),
  continuation(Buffer.from('ß').subarray(0, 1), false),
  continuation('', false),
  continuation(Buffer.from('ß').subarray(1)),
  binary(126),
  binary(300, false),
  continuation('end'),
  serverFrame(8, Buffer.concat([hex('03e9'), Buffer.from('going away')])),
  text('after the close frame'),
])
const withoutPongs = (events: readonly string[]) => events.filter((event) => !event.startsWith('pong'))

describe('FrameParser', () => {
  it('reads a conversation like the ws package', async () => {
    const expected = withoutPongs(await readByWs(conversation, false))
    expect(expected).toHaveLength(8)
    expect(parse([conversation]).events).toEqual(expected)
  })

  it('reads the same however the bytes are cut in two, or all apart', () => {
    const { events } = parse([conversation])
    for (let place = 0; place <= conversation.length; place++) {
      expect(parse(cut(conversation, [place])).events).toEqual(events)
    }
    expect(parse([...conversation].map((byte) => Buffer.from([byte]))).events).toEqual(events)
  })

  it('reads lengths of 7, 16 and 64 bits', () => {
    for (const length of [0, 1, 125, 126, 65_535, 65_536, 200_000]) {
      const frame = binary(length)
      const whole = parse([frame])
      expect(whole.events).toEqual([`binary ${'c3'.repeat(length)}`])
      expect(whole.peak).toBe(0)
      expect(parse(cut(frame, [1, 2, 3, 9, 11, 60_000, 131_072])).events).toEqual(whole.events)
    }
  })

  it('finds a byte that is no text wherever it lies in the words of the read buffer', () => {
    const buffer = Buffer.alloc(64)
    for (let offset = 0; offset < 9; offset++) {
      for (let length = 1; length < 20; length++) {
        for (let place = -1; place < length; place++) {
          const payload = Buffer.alloc(length, 0x61)
          if (place >= 0) payload[place] = 0xff
          buffer.fill(0xff)
          const frame = serverFrame(1, payload)
          frame.copy(buffer, offset)
          const handler: FrameHandler = { onMessage() {}, onPing() {}, onCloseFrame() {} }
          const problem = new FrameParser(handler, 100).push(buffer, offset, offset + frame.length)
          expect(problem).toBe(place >= 0 ? 'ws-invalid-utf8' : null)
        }
      }
    }
  })

  it('hands a whole frame on where it lies', () => {
    const chunk = Buffer.concat([text('one'), text('two')])
    const places: number[] = []
    const handler: FrameHandler = {
      onMessage(data, start, end) {
        expect(data).toBe(chunk)
        places.push(start, end)
      },
      onPing() {},
      onCloseFrame() {},
    }
    expect(new FrameParser(handler, 100).push(chunk, 0, chunk.length)).toBeNull()
    expect(places).toEqual([2, 5, 7, 10])
  })

  it('stops in the midst of a read when it is told so', () => {
    const messages: string[] = []
    const handler: FrameHandler = {
      onMessage(data, start, end) {
        messages.push(data.toString('utf8', start, end))
        parser.stop()
      },
      onPing() {},
      onCloseFrame() {},
    }
    const parser = new FrameParser(handler, 100)
    const chunk = Buffer.concat([text('one'), text('two'), hex('ff ff')])
    expect(parser.push(chunk, 0, chunk.length)).toBeNull()
    expect(messages).toEqual(['one'])
  })

  const breaches: Array<[kind: string, what: string, bytes: Buffer]> = [
    ['ws-reserved-bits', 'RSV1 without an extension', hex('c1 00')],
    ['ws-reserved-bits', 'RSV3 of a control frame', hex('99 00')],
    ['ws-bad-opcode', 'opcode 3', hex('83 00')],
    ['ws-bad-opcode', 'opcode 15', hex('8f 00')],
    ['ws-masked-frame', 'a mask', hex('81 81 00000000 61')],
    ['ws-bad-control', 'a fragmented ping', hex('09 00')],
    ['ws-bad-control', 'a close frame of 126 bytes', hex('88 7e 007e')],
    ['ws-bad-continuation', 'a continuation of nothing', continuation('x')],
    ['ws-bad-continuation', 'a text amidst a text', Buffer.concat([text('a', false), text('b')])],
    ['ws-frame-too-large', '1,001 bytes', hex('82 7e 03e9')],
    ['ws-frame-too-large', '10 GB', hex('82 7f 00000002540be400')],
    ['ws-frame-too-large', '2^64 - 1 bytes', hex('82 7f ffffffffffffffff')],
    ['ws-message-too-large', '1,001 bytes in two', Buffer.concat([binary(500, false), hex('00 7e 01f5')])],
    ['ws-invalid-utf8', 'a lone 0xff', hex('81 01 ff')],
    ['ws-invalid-utf8', 'half a character', text('ü').fill(0x01, 1, 2).subarray(0, 3)],
    ['ws-invalid-utf8', 'a surrogate', hex('81 03 eda080')],
    [
      'ws-invalid-utf8',
      'half a character in the last fragment',
      Buffer.concat([text('a', false), continuation(hex('c3'))]),
    ],
    [
      'ws-invalid-utf8',
      'a long text that ends badly',
      serverFrame(1, Buffer.concat([Buffer.alloc(900, 'a'), hex('80')])),
    ],
    ['ws-invalid-utf8', 'the reason of a close frame', hex('88 03 03e8 ff')],
    ['ws-bad-close', 'half a code', hex('88 01 03')],
    ...[0, 999, 1004, 1005, 1006, 1015, 1016, 2_999, 5_000, 65_535].map((code): [string, string, Buffer] => {
      const bytes = hex('88 02 0000')
      bytes.writeUInt16BE(code, 2)
      return ['ws-bad-close', `code ${code}`, bytes]
    }),
  ]

  it.each(breaches)('%s: %s', (kind, _what, bytes) => {
    const before = text('good')
    const stream = Buffer.concat([before, bytes, text('unheard')])
    const expected = [`text ${Buffer.from('good').toString('hex')}`, `error ${kind}`]
    expect(parse([stream], 1_000).events).toEqual(expected)
    for (let place = 0; place < stream.length; place++) {
      const { events, peak } = parse(cut(stream, [place]), 1_000)
      expect(events).toEqual(expected)
      expect(peak).toBeLessThanOrEqual(2_010)
    }
    expect(
      parse(
        [...stream].map((byte) => Buffer.from([byte])),
        1_000,
      ).events,
    ).toEqual(expected)
  })

  it('accepts every close code that may be sent, and none at all', () => {
    for (const code of [1000, 1001, 1002, 1003, 1007, 1011, 1014, 3000, 4999]) {
      const bytes = hex('88 02 0000')
      bytes.writeUInt16BE(code, 2)
      expect(parse([bytes]).events).toEqual([`close ${code} `])
    }
    expect(parse([hex('88 00')]).events).toEqual(['close 1005 '])
  })

  it('answers a breach with the fitting close code', () => {
    expect(closeCodeOf('ws-masked-frame')).toBe(1002)
    expect(closeCodeOf('ws-invalid-utf8')).toBe(1007)
    expect(closeCodeOf('ws-frame-too-large')).toBe(1009)
    expect(closeCodeOf('ws-message-too-large')).toBe(1009)
  })

  it('sets no memory aside for bytes that were only announced', () => {
    expect(parse([hex('82 7f 0000000000f00000'), Buffer.alloc(10)], 100_000_000).peak).toBeLessThan(5_000)
  })

  it('takes part texts and endless empty fragments without growing', () => {
    const empty = continuation('', false)
    const { events, peak } = parse([text('', false), ...Array.from({ length: 5_000 }, () => empty)])
    expect(events).toEqual([])
    expect(peak).toBe(0)
  })

  it('agrees with the ws package on random frames, broken or not, however cut', async () => {
    const byte = fc.integer({ min: 0, max: 255 })
    const payload = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 40 }).map((value) => Buffer.from(value)),
      fc.uint8Array({ maxLength: 130 }).map((value) => Buffer.from(value)),
      fc.constant(hex('03e8')),
    )
    const frame = fc
      .tuple(fc.constantFrom(0, 0, 1, 1, 2, 8, 9, 10), payload, fc.boolean())
      .map(([opcode, bytes, fin]) => serverFrame(opcode, bytes, fin || opcode >= 8))
    const damage = fc.array(fc.tuple(fc.nat(1_000), byte), { maxLength: 1 })
    await fc.assert(
      fc.asyncProperty(
        fc.array(frame, { maxLength: 6 }),
        damage,
        fc.array(fc.nat(1_000)),
        async (frames, flips, cuts) => {
          const stream = Buffer.concat(frames)
          for (const [place, value] of flips) if (stream.length > 0) stream[place % stream.length] = value
          const oracle = withoutPongs(await readByWs(stream, false, 1_000))
          const whole = parse([stream], 1_000).events
          expect(whole.map((event) => event.replace(/^error .*/, 'error'))).toEqual(oracle)
          expect(parse(cut(stream, cuts), 1_000).events).toEqual(whole)
        },
      ),
      { numRuns: 2_000 },
    )
  })

  it('survives 10,000 mutated inputs within its limits', () => {
    const limit = 256
    const mutation = fc.array(fc.tuple(fc.nat(2_000), fc.integer({ min: 0, max: 255 })), {
      minLength: 1,
      maxLength: 8,
    })
    fc.assert(
      fc.property(mutation, fc.array(fc.nat(2_000), { maxLength: 5 }), (flips, cuts) => {
        const stream = Buffer.from(conversation)
        for (const [place, value] of flips) stream[place % stream.length] = value
        const { events, peak } = parse(cut(stream, cuts), limit)
        expect(peak).toBeLessThanOrEqual(2 * limit + 10)
        expect(events.filter((event) => event.startsWith('error')).length).toBeLessThanOrEqual(1)
      }),
      { numRuns: 10_000 },
    )
  })
})

describe('FrameParser with permessage-deflate', () => {
  const inflating = () => new Inflater(15, true)
  const parseDeflated = (pieces: readonly Buffer[], limit?: number) => parse(pieces, limit, inflating())

  /** The messages as one server sends them, each in as many frames as it has parts, with a ping between them. */
  function sent(messages: ReadonlyArray<{ text: string; parts: number; compressed: boolean }>): Buffer {
    const deflater = new Deflater(15, true)
    const frames: Buffer[] = []
    for (const { text: content, parts, compressed } of messages) {
      const bytes = compressed ? deflater.deflate(Buffer.from(content)) : Buffer.from(content)
      const size = Math.ceil(bytes.length / parts)
      for (let part = 0; part < parts; part++) {
        const piece = bytes.subarray(part * size, (part + 1) * size)
        frames.push(serverFrame(part === 0 ? 1 : 0, piece, part === parts - 1, compressed && part === 0))
        if (part < parts - 1) frames.push(serverFrame(9, Buffer.from(`ping ${part}`)))
      }
    }
    return Buffer.concat(frames)
  }

  it('reads compressed and plain messages like the ws package, however fragmented and cut', async () => {
    const one = fc.record({
      text: fc
        .array(fc.constantFrom('tea ', 'coffee ', 'wäter '), { maxLength: 60 })
        .map((words) => words.join('')),
      parts: fc.integer({ min: 1, max: 4 }),
      compressed: fc.boolean(),
    })
    await fc.assert(
      fc.asyncProperty(
        fc.array(one, { maxLength: 6 }),
        fc.array(fc.nat(3_000), { maxLength: 6 }),
        async (messages, cuts) => {
          const stream = sent(messages)
          const { events } = parseDeflated(cut(stream, cuts))
          const texts = messages.map(({ text: content }) => `text ${Buffer.from(content).toString('hex')}`)
          expect(events.filter((event) => event.startsWith('text'))).toEqual(texts)
          expect(events).toEqual(withoutPongs(await readByWs(stream, false, 1_000_000, true)))
        },
      ),
      { numRuns: 200 },
    )
  })

  const compressed = (content: string) => new Deflater(15, true).deflate(Buffer.from(content))
  const breaches: Array<[kind: string, what: string, bytes: Buffer]> = [
    ['ws-reserved-bits', 'RSV2', hex('a1 00')],
    ['ws-reserved-bits', 'RSV1 with RSV3', hex('d1 00')],
    ['ws-reserved-bits', 'a compressed ping', hex('c9 00')],
    ['ws-reserved-bits', 'a compressed close frame', hex('c8 00')],
    [
      'ws-reserved-bits',
      'RSV1 of a continuation',
      Buffer.concat([serverFrame(1, compressed('a'), false, true), hex('c0 00')]),
    ],
    ['ws-reserved-bits', 'RSV1 of an unknown opcode', hex('c3 00')],
    [
      'ws-bad-continuation',
      'a compressed text amidst a text',
      Buffer.concat([text('a', false), serverFrame(1, compressed('b'), true, true)]),
    ],
    ['ws-bad-deflate', 'nonsense', serverFrame(2, hex('07 ff ff'), true, true)],
    [
      'ws-bad-deflate',
      'half a block',
      serverFrame(2, compressed('a longer text').subarray(0, 3), true, true),
    ],
    ['ws-invalid-utf8', 'what is no text once inflated', serverFrame(1, deflatedBytes('ff'), true, true)],
    ['ws-frame-too-large', 'a frame', serverFrame(2, Buffer.alloc(1_001), true, true)],
    ['ws-message-too-large', 'once inflated', serverFrame(2, compressed('x'.repeat(1_001)), true, true)],
  ]

  function deflatedBytes(value: string): Buffer {
    return deflateRawSync(hex(value), { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4)
  }

  it.each(breaches)('%s: %s', (kind, _what, bytes) => {
    const stream = Buffer.concat([serverFrame(1, compressed('good'), true, true), bytes, text('unheard')])
    const expected = [`text ${Buffer.from('good').toString('hex')}`, `error ${kind}`]
    for (let place = 0; place < stream.length; place++) {
      expect(parseDeflated(cut(stream, [place]), 1_000).events).toEqual(expected)
    }
  })

  it('answers a bad stream as bad data', () => {
    expect(closeCodeOf('ws-bad-deflate')).toBe(1007)
  })

  it('survives mutated inputs within its limits', () => {
    const stream = sent([
      { text: '{"id":1,"room":"tea"}', parts: 2, compressed: true },
      { text: '{"id":2,"room":"tea"}', parts: 1, compressed: true },
      { text: 'plain', parts: 2, compressed: false },
      { text: 'tea '.repeat(100), parts: 3, compressed: true },
    ])
    const flips = fc.array(fc.tuple(fc.nat(2_000), fc.nat(255)), { minLength: 1, maxLength: 8 })
    fc.assert(
      fc.property(flips, fc.array(fc.nat(2_000), { maxLength: 5 }), (places, cuts) => {
        const bytes = Buffer.from(stream)
        for (const [place, value] of places) bytes[place % bytes.length] = value
        const whole = parseDeflated([bytes], 500)
        const { events, peak } = parseDeflated(cut(bytes, cuts), 500)
        expect(events).toEqual(whole.events)
        expect(peak).toBeLessThanOrEqual(1_010)
        for (const event of events) expect(event.length).toBeLessThanOrEqual(1_010)
      }),
      { numRuns: 5_000 },
    )
  })
})
