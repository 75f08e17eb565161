import type { ConnectPhases } from './driver.js'

/**
 * Where the engine tells what became of each message and connection. Times in µs since the load started; primitives
 * only, since this is called for every message.
 */
export interface OutcomeSink {
  /** Messages came due. */
  due(intendedUs: number, count: number): void
  /** A message was written, `late` or not. */
  sent(intendedUs: number): void
  /**
   * A reply arrived. `firstByteUs` is NaN where the protocol does not tell it apart.
   * @param problem null for a valid reply, else its error kind
   */
  answered(
    id: number,
    connection: number,
    intendedUs: number,
    readyUs: number,
    sentUs: number,
    firstByteUs: number,
    nowUs: number,
    problem: string | null,
  ): void
  /**
   * A message ends without a reply. `readyUs` is NaN if the generator never got to it, `sentUs` is NaN if it was
   * never written.
   */
  unanswered(
    id: number,
    connection: number,
    intendedUs: number,
    readyUs: number,
    sentUs: number,
    nowUs: number,
    kind: string,
  ): void
  /**
   * Messages that came due are dropped since too many are open.
   * @param late the generator itself was behind; else the target left too many unanswered
   */
  shed(intendedUs: number, count: number, late: boolean): void
  /** A message of the target that answers nothing, where every message should (fifo). */
  unmatched(nowUs: number): void
  /** A message of the target that is known to answer nothing. */
  pushed(nowUs: number): void
  bytes(nowUs: number, sent: number, received: number): void
  connectionOpened(nowUs: number, phases: ConnectPhases): void
  connectionFailed(nowUs: number, kind: string, detail: string): void
  connectionLost(nowUs: number, kind: string, detail: string): void
}
