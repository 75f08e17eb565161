import { constants as bufferLimits } from 'node:buffer'
import { constants, deflateRawSync, inflateRawSync, type ZlibOptions } from 'node:zlib'

/*
 * The messages of permessage-deflate (RFC 7692 section 7.2), compressed at once and on this thread: a thread pool
 * would reorder messages and add its queue to their times. zlib's public calls without callbacks keep no context
 * between messages, so it is kept here, as the bytes that went before, and handed in as their dictionary.
 */

export type InflateErrorKind = 'ws-bad-deflate' | 'ws-message-too-large'

const nothing = Buffer.alloc(0)
/** What a sender takes off each message: the rest of an empty block that a flush leaves behind. */
const flushTail = Buffer.from('0000ffff', 'hex')
/** An empty last block. Only a message that ends where a block does leads the inflater to it. */
const lastBlock = Buffer.from('010000ffff', 'hex')
/** Senders may mark a block as the last one and go on, but have no reason to do it again and again. */
const mostLastBlocks = 8
const smallestChunk = 1_024
const largestChunk = 65_536
/** zlib takes no smaller raw window to compress with; it refers to no more than 250 bytes of this one. */
const smallestDeflateBits = 9
/**
 * A compressor may use less of the window than was agreed on. It is set up anew for each message, which takes the
 * longer the larger its window, so that short messages, which gain least by a large one, are given a small one.
 */
const shortMessage = { bytes: 4_096, windowBits: 13, memLevel: 6 }
const longMessage = { windowBits: 15, memLevel: 8 }

/** The bytes of one direction that its next message may refer to. */
class Context {
  readonly #bytes: number
  #memory: Buffer = nothing
  #used = 0

  constructor(windowBits: number) {
    this.#bytes = 2 ** windowBits
  }

  /** The last bytes, `most` of them; undefined where there are none. */
  dictionary(most = this.#bytes): Buffer | undefined {
    if (this.#used === 0) return undefined
    return this.#memory.subarray(Math.max(0, this.#used - Math.min(most, this.#bytes)), this.#used)
  }

  append(data: Uint8Array): void {
    const added = data.subarray(Math.max(0, data.length - this.#bytes))
    if (this.#used + added.length > this.#memory.length) this.#makeRoom(added.length)
    this.#memory.set(added, this.#used)
    this.#used += added.length
  }

  // A quarter more than the window, so that most messages find room without moving the ones before.
  #makeRoom(added: number): void {
    const kept = Math.min(this.#used, this.#bytes - added)
    const most = this.#bytes + this.#bytes / 4
    const before = this.#memory
    if (before.length < most) {
      this.#memory = Buffer.allocUnsafeSlow(Math.min(most, Math.max(smallestChunk, 2 * (kept + added))))
    }
    before.copy(this.#memory, 0, this.#used - kept, this.#used)
    this.#used = kept
  }
}

/** Compresses the messages of one connection. */
export class Deflater {
  readonly #windowBits: number
  readonly #context: Context | null

  constructor(windowBits: number, contextTakeover: boolean) {
    this.#windowBits = windowBits
    this.#context = contextTakeover ? new Context(windowBits) : null
  }

  deflate(message: Uint8Array): Buffer {
    const { windowBits, memLevel } = message.length < shortMessage.bytes ? shortMessage : longMessage
    const bits = Math.min(windowBits, this.#windowBits)
    const whole = deflateRawSync(message, {
      ...asDictionary(this.#context?.dictionary(2 ** bits)),
      finishFlush: constants.Z_SYNC_FLUSH,
      windowBits: Math.max(smallestDeflateBits, bits),
      memLevel,
      chunkSize: chunkFor(message.length + 64),
    })
    this.#context?.append(message)
    return whole.subarray(0, whole.length - flushTail.length)
  }
}

/** Takes the messages of one server apart. */
export class Inflater {
  readonly #context: Context | null

  constructor(windowBits: number, contextTakeover: boolean) {
    this.#context = contextTakeover ? new Context(windowBits) : null
  }

  /** The message within `data[start, end)`, of `mostBytes` at most; no more memory than that is ever taken. */
  inflate(data: Buffer, start: number, end: number, mostBytes: number): Buffer | InflateErrorKind {
    let rest = Buffer.concat([data.subarray(start, end), flushTail, lastBlock])
    let message: Buffer = nothing
    for (let blocks = 0; blocks < mostLastBlocks; blocks++) {
      const step = this.#step(rest, Math.max(1, mostBytes - message.length), message)
      if (typeof step === 'string') return step
      message = message.length === 0 ? step.buffer : Buffer.concat([message, step.buffer])
      if (message.length > mostBytes) return 'ws-message-too-large'
      rest = rest.subarray(step.engine.bytesWritten)
      if (rest.length === 0) {
        this.#context?.append(message)
        return message
      }
    }
    return 'ws-bad-deflate'
  }

  /** Inflates up to a last block. */
  #step(input: Buffer, mostBytes: number, before: Buffer): Inflated | InflateErrorKind {
    try {
      return inflateWithInfo(input, {
        ...asDictionary(before.length === 0 ? this.#context?.dictionary() : this.#dictionaryWith(before)),
        maxOutputLength: Math.min(mostBytes, bufferLimits.MAX_LENGTH),
        chunkSize: chunkFor(4 * input.length),
        info: true,
      })
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      return code === 'ERR_BUFFER_TOO_LARGE' ? 'ws-message-too-large' : 'ws-bad-deflate'
    }
  }

  #dictionaryWith(before: Buffer): Buffer {
    return Buffer.concat([this.#context?.dictionary() ?? nothing, before]).subarray(-(2 ** 15))
  }
}

interface Inflated {
  readonly buffer: Buffer
  /** How much of the input was read. */
  readonly engine: { readonly bytesWritten: number }
}

// With `info` the call returns its engine too, which the type declarations leave out.
const inflateWithInfo = inflateRawSync as unknown as (data: Buffer, options: ZlibOptions) => Inflated

const asDictionary = (dictionary: Buffer | undefined): Pick<ZlibOptions, 'dictionary'> =>
  dictionary === undefined ? {} : { dictionary }

const chunkFor = (bytes: number): number => Math.min(largestChunk, Math.max(smallestChunk, bytes))
