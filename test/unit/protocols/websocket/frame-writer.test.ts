import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { PayloadWriter } from '../../../../src/load/driver.js'
import { FrameWriter, Opcode } from '../../../../src/protocols/websocket/frame-writer.js'
import { Deflater } from '../../../../src/protocols/websocket/message-deflate.js'
import { readByWs } from './ws-oracle.js'

const payloadOf = (bytes: Uint8Array, binary = true): PayloadWriter => ({
  binary,
  prepare: () => bytes.length + 7,
  write(target, offset) {
    target.set(bytes, offset)
    return bytes.length
  },
})

describe('FrameWriter', () => {
  it('writes frames that the ws package reads, whatever their size', async () => {
    const writer = new FrameWriter(16)
    const sizes = fc.oneof(
      fc.integer({ min: 0, max: 300 }),
      fc.constantFrom(125, 126, 127, 65_535, 65_536, 70_001),
    )
    await fc.assert(
      fc.asyncProperty(
        fc.array(sizes, { maxLength: 6 }),
        fc.integer({ min: 0, max: 255 }),
        async (lengths, seed) => {
          const payloads = lengths.map((length) =>
            Uint8Array.from({ length }, (_, at) => (at * 31 + seed) & 0xff),
          )
          const stream = Buffer.concat(payloads.map((bytes) => Buffer.from(writer.data(payloadOf(bytes), 0))))
          const expected = payloads.map((bytes) => `binary ${Buffer.from(bytes).toString('hex')}`)
          expect(await readByWs(stream, true)).toEqual(expected)
        },
      ),
      { numRuns: 60 },
    )
  })

  it('marks texts as texts', async () => {
    const frame = new FrameWriter().data(payloadOf(Buffer.from('grüß dich'), false), 0)
    expect(await readByWs(frame, true)).toEqual([`text ${Buffer.from('grüß dich').toString('hex')}`])
  })

  it('writes texts of any length and script', async () => {
    const writer = new FrameWriter(16)
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit: 'grapheme', maxLength: 200 }), { maxLength: 5 }),
        async (texts) => {
          const stream = Buffer.concat(texts.map((each) => Buffer.from(writer.text(each))))
          expect(await readByWs(stream, true)).toEqual(
            texts.map((each) => `text ${Buffer.from(each).toString('hex')}`),
          )
        },
      ),
      { numRuns: 100 },
    )
  })

  it('marks what was compressed, and renders content without a frame', async () => {
    const writer = new FrameWriter(16)
    const content = Buffer.from('say it again, say it again')
    expect(writer.content(payloadOf(content), 0)).toEqual(content)
    const deflater = new Deflater(15, true)
    const frames = [false, true].map((binary) =>
      Buffer.from(writer.compressed(binary, deflater.deflate(content))),
    )
    const hex = content.toString('hex')
    expect(await readByWs(Buffer.concat(frames), true, 1_000, true)).toEqual([`text ${hex}`, `binary ${hex}`])
    expect(await readByWs(frames[0]!, true)).toEqual(['error'])
  })

  it('passes the id of the message on', () => {
    const seen: number[] = []
    const payload = { binary: false, prepare: (id: number) => seen.push(id), write: () => 0 }
    new FrameWriter().data(payload, 4_711)
    expect(seen).toEqual([4_711])
  })

  it('draws a new mask for each frame', () => {
    const writer = new FrameWriter()
    const masks = new Set<number>()
    for (let count = 0; count < 10_000; count++) {
      masks.add(writer.data(payloadOf(Buffer.from('x')), count).readUInt32BE(2))
    }
    // Two equal ones among 10,000 random 32-bit numbers are a matter of 1 %, five of 1e-13.
    expect(masks.size).toBeGreaterThan(9_995)
  })

  it('keeps a surrendered frame as it was', async () => {
    const writer = new FrameWriter()
    const first = writer.data(payloadOf(Buffer.from('first')), 0)
    writer.surrender()
    writer.data(payloadOf(Buffer.from('other')), 1)
    expect(await readByWs(first, true)).toEqual([`binary ${Buffer.from('first').toString('hex')}`])
  })

  it('creates no new view for frames of one size', () => {
    const writer = new FrameWriter()
    const first = writer.data(payloadOf(Buffer.from('first')), 0)
    expect(writer.data(payloadOf(Buffer.from('other')), 1)).toBe(first)
    expect(writer.data(payloadOf(Buffer.from('longer one')), 1)).not.toBe(first)
  })

  it('writes pings, pongs and close frames', async () => {
    const writer = new FrameWriter()
    const data = Buffer.from('..abc..')
    const stream = Buffer.concat([
      Buffer.from(writer.frame(Opcode.ping, data, 2, 5)),
      Buffer.from(writer.frame(Opcode.pong, Buffer.alloc(0))),
      Buffer.from(writer.close(1001, 'bye')),
    ])
    expect(await readByWs(stream, true)).toEqual(['ping 616263', 'pong ', 'close 1001 627965'])
  })

  it('cuts a long reason between two characters', async () => {
    const [close] = await readByWs(new FrameWriter().close(1000, `x${'ü'.repeat(100)}`), true)
    expect(close).toBe(`close 1000 ${Buffer.from(`x${'ü'.repeat(61)}`).toString('hex')}`)
  })

  it('refuses a control frame above 125 bytes', () => {
    expect(() => new FrameWriter().frame(Opcode.ping, Buffer.alloc(126))).toThrow(RangeError)
  })
})
