import { closeSync, fstatSync, openSync, read } from 'node:fs'
import { PlimsollError } from '../../kernel/errors.js'
import type { BodyReceiver, BodySource } from './body-source.js'

/** Memory for each request whose body is under way. */
const pieceBytes = 65_536

/**
 * A file that is the body of every request. It is read while it is sent, so it may be larger than memory; it stays
 * open for as long as the process lives.
 */
export class BodyFile {
  readonly path: string
  /** Its length when it was opened. */
  readonly bytes: number
  readonly descriptor: number
  readonly #spare: Buffer[] = []

  /** @throws PlimsollError USAGE for what is no readable file */
  constructor(path: string) {
    this.path = path
    this.descriptor = openFile(path)
    const stat = fstatSync(this.descriptor)
    this.bytes = stat.size
    if (stat.isFile()) return
    closeSync(this.descriptor)
    throw new PlimsollError('USAGE', `${path} is no file, so it cannot be a body.`)
  }

  /** The whole file, for one request. */
  open(receiver: BodyReceiver): BodySource {
    return new FileReading(this, receiver)
  }

  takePiece(): Buffer {
    return this.#spare.pop() ?? Buffer.allocUnsafeSlow(pieceBytes)
  }

  /** Only once nobody reads it any more. */
  givePiece(piece: Buffer): void {
    this.#spare.push(piece)
  }
}

class FileReading implements BodySource {
  readonly #file: BodyFile
  readonly #receiver: BodyReceiver
  #piece: Buffer | null = null
  #offset = 0
  #stopped = false

  constructor(file: BodyFile, receiver: BodyReceiver) {
    this.#file = file
    this.#receiver = receiver
  }

  next(): void {
    if (this.#stopped) return
    const left = this.#file.bytes - this.#offset
    if (left === 0) {
      if (this.#piece !== null) this.#file.givePiece(this.#piece)
      this.#piece = null
      this.#receiver.bodyEnded()
      return
    }
    const piece = this.#piece ?? this.#file.takePiece()
    this.#piece = piece
    read(this.#file.descriptor, piece, 0, Math.min(piece.length, left), this.#offset, (error, bytes) =>
      this.#arrived(piece, error, bytes),
    )
  }

  // Its memory is not used again: the socket may still be reading it.
  stop(): void {
    this.#stopped = true
  }

  #arrived(piece: Buffer, error: Error | null, bytes: number): void {
    if (this.#stopped) return
    if (error !== null) this.#receiver.bodyFailed(`cannot read ${this.#file.path}: ${error.message}`)
    else if (bytes === 0)
      this.#receiver.bodyFailed(`${this.#file.path} has become shorter than ${this.#file.bytes} bytes`)
    else {
      this.#offset += bytes
      this.#receiver.bodyPiece(piece.subarray(0, bytes))
    }
  }
}

function openFile(path: string): number {
  try {
    return openSync(path, 'r')
  } catch (cause) {
    throw new PlimsollError('USAGE', `Cannot read the body ${path}: ${(cause as Error).message}`, { cause })
  }
}
