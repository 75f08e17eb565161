import { PlimsollError } from '../../kernel/errors.js'

/**
 * Why a process is left alone, and what its owner can do about it.
 * @param why goes on from "The target cannot be looked into: …"
 */
export const refusal = (why: string, hint: string, cause?: unknown): PlimsollError =>
  new PlimsollError('ATTACH_FAILED', `The target cannot be looked into: ${why}.`, { hint, cause })

/** For every process that SIGUSR1 must not or cannot reach. */
export const startWithInspector =
  'Start it with --inspect=127.0.0.1:0 (or NODE_OPTIONS=--inspect=127.0.0.1:0), and Plimsoll uses that inspector; or watch it from outside only with --observe proc.'
