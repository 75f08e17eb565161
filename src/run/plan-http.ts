import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { PlimsollError } from '../kernel/errors.js'
import type { Protocol } from '../protocols/registry.js'
import type { Traffic } from '../scenario/scenario.js'
import type { LoadOptions } from './load-options.js'
import type { PayloadPlan } from './plan.js'

/** Deeper pipelines than any server reads ahead would only hide where requests wait. */
const deepestPipeline = 1_000

/**
 * Requests that may be unanswered on one connection; 1 unless it is asked for.
 * @throws PlimsollError USAGE where nothing could be pipelined, BAD_VALUE
 */
export function planPipelining(
  option: string | undefined,
  traffic: Traffic,
  protocol: Protocol,
  isSession: boolean,
): number {
  if (option !== undefined && (protocol !== 'http1' || isSession)) {
    const why = isSession ? 'a session waits for each of its requests' : 'a WebSocket has none'
    throw new PlimsollError('USAGE', `--pipelining is for HTTP requests, and ${why}.`, {
      hint: 'Leave it out.',
    })
  }
  const depth = option === undefined ? (traffic.pipelining ?? 1) : Number(option)
  if (Number.isSafeInteger(depth) && depth >= 1 && depth <= deepestPipeline) return depth
  throw new PlimsollError(
    'BAD_VALUE',
    `--pipelining takes a whole number from 1 to ${deepestPipeline}, not '${option ?? depth}'.`,
    { hint: 'Write it like 8.' },
  )
}

/**
 * The file that is sent as the body of every request; null where none is asked for. An option outranks the scenario.
 * @param scenarioFolder what a path in the scenario is relative to
 * @throws PlimsollError USAGE for what cannot be a body, or has no place for one
 */
export async function planBodyFile(
  { bodyFile, payload }: LoadOptions,
  traffic: Traffic,
  scenarioFolder: string,
  protocol: Protocol,
  isSession: boolean,
): Promise<PayloadPlan | null> {
  if (bodyFile !== undefined && payload !== undefined) {
    throw new PlimsollError('USAGE', '--payload and --body-file both say what is sent.', {
      hint: 'Give one of them.',
    })
  }
  const ofScenario = payload === undefined ? traffic.bodyFile : undefined
  if (bodyFile === undefined && ofScenario === undefined) return null
  if (isSession) {
    throw new PlimsollError('USAGE', 'A session says itself what is sent: --body-file has no effect on it.', {
      hint: 'Leave it out.',
    })
  }
  if (protocol !== 'http1') {
    throw new PlimsollError('USAGE', 'A WebSocket message cannot be read from a file while it is sent.', {
      hint: 'Use --payload @file: it is read once, before the run.',
    })
  }
  const path = bodyFile === undefined ? resolve(scenarioFolder, ofScenario!) : resolve(bodyFile)
  const found = await stat(path).catch((cause: unknown) => {
    throw new PlimsollError('USAGE', `Cannot read the body ${path}: ${(cause as Error).message}`, { cause })
  })
  if (!found.isFile()) throw new PlimsollError('USAGE', `${path} is no file, so it cannot be a body.`)
  return { kind: 'file', path, bytes: found.size }
}
