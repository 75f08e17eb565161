import { randomFillSync } from 'node:crypto'
import type { PayloadWriter } from '../../load/driver.js'

export const Opcode = {
  continuation: 0x0,
  text: 0x1,
  binary: 0x2,
  close: 0x8,
  ping: 0x9,
  pong: 0xa,
} as const

/** RSV1 of a message's first frame: the message is compressed (RFC 7692 section 6). */
export const compressedBit = 0x40

// The payload starts at a multiple of four behind the longest header, so that the mask (the four bytes before it)
// and the payload are whole words of the scratch memory. The rest of the header is right-aligned before the mask.
const payloadOffset = 16
const maskWord = 3
const firstPayloadWord = 4

/** Unpredictable masks (RFC 6455 section 5.3), drawn from the system's generator 4,096 at a time. */
class MaskPool {
  readonly #masks = new Int32Array(4_096)
  #next = this.#masks.length

  take(): number {
    if (this.#next === this.#masks.length) {
      randomFillSync(this.#masks)
      this.#next = 0
    }
    return this.#masks[this.#next++]!
  }
}

/**
 * Writes client frames, masked and unfragmented (RFC 6455 section 5.2), into scratch memory of its own. A frame is
 * valid until the next one is rendered.
 */
export class FrameWriter {
  readonly #pool = new MaskPool()
  #scratch: Buffer
  #words: Int32Array
  // The view returned last. Frames of one load have few different sizes, so that most sends create no view.
  #view: Buffer
  #viewStart = 0

  constructor(initialBytes = 4_096) {
    this.#scratch = Buffer.alloc(0)
    this.#words = new Int32Array(0)
    this.#view = this.#scratch
    this.#replace(initialBytes)
  }

  /** Renders message `id`. */
  data(payload: PayloadWriter, id: number): Buffer {
    this.#reserve(payload.prepare(id))
    const length = payload.write(this.#scratch, payloadOffset)
    return this.#frame(payload.binary ? Opcode.binary : Opcode.text, length)
  }

  /** Renders what message `id` carries, without a frame. */
  content(payload: PayloadWriter, id: number): Buffer {
    this.#reserve(payload.prepare(id))
    return this.#scratch.subarray(payloadOffset, payloadOffset + payload.write(this.#scratch, payloadOffset))
  }

  /** Renders a text message. */
  text(message: string): Buffer {
    // UTF-8 takes at most three bytes for each UTF-16 unit; of a long text it is worth to know better.
    this.#reserve(message.length < 1_024 ? 3 * message.length : Buffer.byteLength(message))
    return this.#frame(Opcode.text, this.#scratch.write(message, payloadOffset))
  }

  /** Renders a message that was compressed before. */
  compressed(binary: boolean, content: Uint8Array): Buffer {
    this.#reserve(content.length)
    this.#scratch.set(content, payloadOffset)
    return this.#frame((binary ? Opcode.binary : Opcode.text) | compressedBit, content.length)
  }

  /**
   * Renders a frame around `payload[start, end)`.
   * @throws RangeError for a control frame above 125 bytes
   */
  frame(opcode: number, payload: Uint8Array, start = 0, end = payload.length): Buffer {
    const length = end - start
    if (opcode >= Opcode.close && length > 125)
      throw new RangeError('a control frame holds at most 125 bytes')
    this.#reserve(length)
    this.#scratch.set(payload.subarray(start, end), payloadOffset)
    return this.#frame(opcode, length)
  }

  /** Renders a close frame; the reason is cut to what a control frame holds. */
  close(code: number, reason = ''): Buffer {
    const payload = Buffer.alloc(125)
    payload.writeUInt16BE(code)
    // Buffer.write never writes half of a character.
    return this.frame(Opcode.close, payload, 0, 2 + payload.write(reason, 2))
  }

  /** Leaves the frame rendered last to a write that is still under way, and goes on with new memory. */
  surrender(): void {
    this.#replace(4_096)
  }

  #reserve(payloadBytes: number): void {
    if (payloadOffset + payloadBytes > this.#scratch.length) this.#replace(2 * payloadBytes)
  }

  #replace(payloadBytes: number): void {
    const bytes = payloadOffset + Math.ceil(payloadBytes / 4) * 4
    const memory = new ArrayBuffer(bytes)
    this.#scratch = Buffer.from(memory)
    this.#words = new Int32Array(memory)
    this.#view = this.#scratch
    this.#viewStart = 0
  }

  #frame(opcode: number, length: number): Buffer {
    const scratch = this.#scratch
    let start: number
    if (length < 126) {
      start = payloadOffset - 6
      scratch[start + 1] = 0x80 | length
    } else if (length < 65_536) {
      start = payloadOffset - 8
      scratch[start + 1] = 0x80 | 126
      scratch.writeUInt16BE(length, start + 2)
    } else {
      start = payloadOffset - 14
      scratch[start + 1] = 0x80 | 127
      scratch.writeUInt32BE(Math.floor(length / 4_294_967_296), start + 2)
      scratch.writeUInt32BE(length % 4_294_967_296, start + 6)
    }
    scratch[start] = 0x80 | opcode
    this.#mask(length)
    const end = payloadOffset + length
    if (this.#viewStart !== start || this.#view.length !== end - start) {
      this.#view = scratch.subarray(start, end)
      this.#viewStart = start
    }
    return this.#view
  }

  // Word by word in the machine's byte order, for mask and payload alike. The last word may reach past the payload,
  // into scratch bytes that nobody reads.
  #mask(length: number): void {
    const words = this.#words
    const mask = this.#pool.take()
    words[maskWord] = mask
    const end = firstPayloadWord + ((length + 3) >>> 2)
    for (let word = firstPayloadWord; word < end; word++) words[word]! ^= mask
  }
}
