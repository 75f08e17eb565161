import { once } from 'node:events'
import { constants, createDeflateRaw, createInflateRaw, deflateRawSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Deflater, Inflater } from '../../../../src/protocols/websocket/message-deflate.js'

const megabyte = 1_000_000
const tail = Buffer.from('0000ffff', 'hex')

/** One message after the other through a stream of zlib's that keeps its context: the oracle. */
async function stream(
  through: ReturnType<typeof createDeflateRaw> | ReturnType<typeof createInflateRaw>,
  messages: readonly Buffer[],
): Promise<Buffer[]> {
  const results: Buffer[] = []
  let parts: Buffer[] = []
  through.on('data', (part: Buffer) => parts.push(part))
  for (const message of messages) {
    through.write(message)
    await new Promise<void>((resolve) => through.flush(constants.Z_SYNC_FLUSH, resolve))
    results.push(Buffer.concat(parts))
    parts = []
  }
  through.close()
  await once(through, 'close')
  return results
}

/** The messages as a server compresses them, without the tails. */
async function compressed(messages: readonly Buffer[], windowBits = 15): Promise<Buffer[]> {
  const whole = await stream(createDeflateRaw({ windowBits: Math.max(9, windowBits) }), messages)
  return whole.map((bytes) => bytes.subarray(0, -4))
}

const inflated = (inflater: Inflater, bytes: Buffer, most = megabyte): string | Buffer =>
  inflater.inflate(Buffer.concat([Buffer.alloc(3), bytes, Buffer.alloc(2)]), 3, 3 + bytes.length, most)

/** Texts that have much in common, noise, and nothing, of sizes on both sides of every window. */
const message = fc.oneof(
  fc
    .array(fc.constantFrom('{"id":', 'room', 'tea', '"},', '12', 'ü'), { maxLength: 300 })
    .map((words) => Buffer.from(words.join(''))),
  fc.tuple(fc.nat(), fc.integer({ min: 0, max: 60_000 })).map(([seed, length]) => noise(seed, length)),
  fc.constant(Buffer.alloc(0)),
  fc.constant(Buffer.alloc(100_000, 'abc')),
)
const conversation = fc.array(message, { maxLength: 8 })
const bits = fc.integer({ min: 8, max: 15 })

function noise(seed: number, length: number): Buffer {
  const bytes = Buffer.alloc(length)
  let state = seed | 1
  for (let at = 0; at < length; at++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0
    bytes[at] = state >>> 24
  }
  return bytes
}

describe('Deflater', () => {
  it('is read by an inflater of zlib that keeps its context, or starts anew', async () => {
    await fc.assert(
      fc.asyncProperty(conversation, bits, fc.boolean(), async (messages, windowBits, takeover) => {
        const deflater = new Deflater(windowBits, takeover)
        const wire = messages.map((each) => Buffer.concat([deflater.deflate(each), tail]))
        // An inflater of the agreed window, as a small server has it: no distance may lead beyond.
        const read = takeover
          ? await stream(createInflateRaw({ windowBits }), wire)
          : (await Promise.all(wire.map((one) => stream(createInflateRaw({ windowBits }), [one])))).flat()
        expect(read.map((one) => one.toString('hex'))).toEqual(messages.map((one) => one.toString('hex')))
      }),
      { numRuns: 150 },
    )
  })

  it('says what it said before in a few bytes, unless it must not', () => {
    const text = Buffer.from(JSON.stringify({ type: 'say', room: 'tea', text: 'a text without repeats' }))
    const [first, second] = twice(new Deflater(15, true), text)
    expect(second).toBeLessThan(first / 3)
    const [alone, again] = twice(new Deflater(15, false), text)
    expect(again).toBe(alone)
  })

  it.each([8, 9, 12, 14, 15])('refers back no further than a window of %d bits', (windowBits) => {
    const half = noise(1, 600)
    for (const gap of [0, 200, 2_000, 10_000, 20_000]) {
      const repeated = Buffer.concat([half, noise(2, gap), half])
      const { length } = new Deflater(windowBits, true).deflate(repeated)
      // Messages of up to 4 KiB are compressed within 8 KiB.
      const reach = Math.min(windowBits, repeated.length < 4_096 ? 13 : 15)
      const sees = 600 + gap < 2 ** reach - 300
      expect(length < repeated.length - 500, `${gap} bytes apart`).toBe(sees)
    }
  })
})

const twice = (deflater: Deflater, text: Buffer): [number, number] => [
  deflater.deflate(text).length,
  deflater.deflate(text).length,
]

describe('Inflater', () => {
  it('reads what a deflater of zlib writes that keeps its context', async () => {
    await fc.assert(
      fc.asyncProperty(conversation, bits, async (messages, windowBits) => {
        const inflater = new Inflater(windowBits, true)
        const read = (await compressed(messages, windowBits)).map((bytes) => inflated(inflater, bytes))
        expect(read.map((one) => one.toString('hex'))).toEqual(messages.map((one) => one.toString('hex')))
      }),
      { numRuns: 150 },
    )
  })

  it('forgets what went before where the server does', async () => {
    const text = Buffer.from('the same text, twice: the same text')
    const [first, second] = await compressed([text, text])
    const forgetful = new Inflater(15, false)
    expect(inflated(forgetful, first!)).toEqual(text)
    expect(inflated(forgetful, second!)).toBe('ws-bad-deflate')
  })

  // RFC 7692 section 7.2.3
  it.each([
    ['one block', 'f248cdc9c90700'],
    ['a block without compression', '000500faff48656c6c6f00'],
    ['a block marked as the last', 'f348cdc9c9070000'],
    ['two blocks', 'f248050000 00ffffcac9c90700'],
  ])('reads the example of RFC 7692: %s', (_what, hex) => {
    const bytes = Buffer.from(hex.replaceAll(' ', ''), 'hex')
    expect(inflated(new Inflater(15, true), bytes).toString()).toBe('Hello')
  })

  it('reads on behind a block marked as the last, which may be referred to', () => {
    const text = Buffer.from('behind the last block comes another')
    const first = deflateRawSync(text)
    const second = deflateRawSync(text, { dictionary: text, finishFlush: constants.Z_SYNC_FLUSH })
    expect(second.length).toBeLessThan(20)
    const bytes = Buffer.concat([first, second.subarray(0, -4)])
    expect(inflated(new Inflater(15, true), bytes).toString()).toBe(`${text}${text}`)
  })

  it.each([
    ['a block type that does not exist', '07'],
    ['a reference to before the first byte', '4a04621100'],
    ['half a block', 'f248cd'],
    ['no block at all', ''],
    ['a length of a stored block that its complement denies', '000500000048656c6c6f00'],
    ['endless last blocks', '0300'.repeat(50_000)],
  ])('refuses %s', (_what, hex) => {
    expect(inflated(new Inflater(15, true), Buffer.from(hex, 'hex'))).toBe('ws-bad-deflate')
  })

  it('takes a message of exactly the limit, and no byte more', async () => {
    const [bytes] = await compressed([Buffer.alloc(5_000, 'x')])
    expect(inflated(new Inflater(15, true), bytes!, 5_000)).toHaveLength(5_000)
    expect(inflated(new Inflater(15, true), bytes!, 4_999)).toBe('ws-message-too-large')
  })

  it('gives up a bomb with memory for no more than the limit', () => {
    // A gigabyte in a megabyte is the most that DEFLATE can do.
    const piece = deflateRawSync(Buffer.alloc(64 * megabyte), { finishFlush: constants.Z_FULL_FLUSH })
    const bomb = Buffer.concat(Array.from({ length: 16 }, () => piece))
    expect(bomb.length).toBeLessThan(1.1 * megabyte)
    const before = process.resourceUsage().maxRSS
    expect(inflated(new Inflater(15, true), bomb, 10 * megabyte)).toBe('ws-message-too-large')
    expect(process.resourceUsage().maxRSS - before).toBeLessThan(60_000)
  })

  it('never throws, hangs or exceeds its limit on mutated streams', async () => {
    const [first, second] = await compressed([
      noise(1, 300),
      Buffer.from('{"id":1,"id":2,"id":3}'.repeat(20)),
    ])
    const flips = fc.array(fc.tuple(fc.nat(2_000), fc.nat(255)), { minLength: 1, maxLength: 6 })
    fc.assert(
      fc.property(flips, fc.boolean(), (places, longer) => {
        const bytes = Buffer.from(longer ? Buffer.concat([first!, second!]) : second!)
        for (const [place, value] of places) bytes[place % bytes.length] = value
        const inflater = new Inflater(15, true)
        if (!longer) inflated(inflater, first!)
        const result = inflated(inflater, bytes, 1_000)
        if (typeof result !== 'string') expect(result.length).toBeLessThanOrEqual(1_000)
        else expect(['ws-bad-deflate', 'ws-message-too-large']).toContain(result)
      }),
      { numRuns: 10_000 },
    )
  })
})
