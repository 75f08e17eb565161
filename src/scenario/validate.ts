import { z } from 'zod'
import { PlimsollError } from '../kernel/errors.js'
import { nearMiss } from '../kernel/near-miss.js'
import { parseDuration, parseRate, parseSize } from '../kernel/units.js'
import type { PayloadFunction, ReplyFunction, Scenario } from './scenario.js'
import type { SessionFunction } from './session.js'

/** A string that `parse` accepts; its error message becomes the issue. */
function readable(parse: (text: string) => number, what: string) {
  return z.string(`expected ${what}`).superRefine((text, context) => {
    try {
      parse(text)
    } catch (error) {
      context.addIssue({ code: 'custom', message: `${(error as Error).message} Expected ${what}` })
    }
  })
}

const duration = readable(parseDuration, "a duration like '500ms' or '30s'")
const rate = z.union([z.number().positive(), readable(parseRate, "a rate like '2000/s'")])
const size = readable(parseSize, "a size like '1KiB'")
const count = z.int().positive()

const stage = z.union([
  z.strictObject({ to: rate, over: duration }),
  z.strictObject({ at: rate, for: duration }),
])

const sessions = z
  .strictObject({
    rate: rate.optional(),
    stages: z.array(stage).min(1).optional(),
    users: count.optional(),
    iterations: count.optional(),
  })
  .refine(
    ({ rate: each, stages, users }) =>
      [each, stages, users].filter((given) => given !== undefined).length <= 1,
    'give one of rate, stages and users',
  )
  .refine(
    ({ iterations, rate: each, stages }) => iterations === undefined || (each ?? stages) === undefined,
    'iterations belong to users: users that arrive at a rate do so for the duration',
  )

const replyText = z
  .string()
  .regex(/^(auto|fifo|none|json:.+)$/, "expected 'auto', 'fifo', 'none', 'json:PATH' or a function")

const isFunction = (value: unknown): boolean => typeof value === 'function'

const shape = {
  name: z.string().min(1).optional(),
  target: z.string(),
  slo: z.array(z.string()).optional(),
  load: z
    .strictObject({
      sessions: sessions.optional(),
      connections: count.optional(),
      rate: rate.optional(),
      stages: z.array(stage).min(1).optional(),
      arrival: z.enum(['constant', 'poisson']).optional(),
      duration: duration.optional(),
      warmup: z.union([z.literal('auto'), duration]).optional(),
      connectRate: rate.optional(),
      maxOutstanding: count.optional(),
      reconnect: z.boolean().optional(),
      workers: count.optional(),
      seed: z.int().nonnegative().optional(),
    })
    .refine((load) => !(load.rate !== undefined && load.stages), 'give either rate or stages')
    .refine(
      (load) => !(load.duration !== undefined && load.stages),
      'stages give the duration: leave duration out',
    )
    .optional(),
  traffic: z
    .strictObject({
      payload: z
        .union([z.string(), z.instanceof(Uint8Array), z.custom<PayloadFunction>(isFunction)])
        .optional(),
      reply: z.union([replyText, z.custom<ReplyFunction>(isFunction)]).optional(),
      method: z
        .string()
        .regex(/^[A-Za-z]+$/, 'expected an HTTP method')
        .optional(),
      bodyFile: z.string().min(1).optional(),
      pipelining: count.optional(),
      headers: z.record(z.string(), z.string()).optional(),
      subprotocols: z.array(z.string()).optional(),
      compression: z.boolean().optional(),
      timeout: duration.optional(),
      maxMessageSize: size.optional(),
    })
    .refine(
      (traffic) => traffic.payload === undefined || traffic.bodyFile === undefined,
      'give either payload or bodyFile',
    )
    .optional(),
  tls: z
    .strictObject({
      ca: z.string().optional(),
      cert: z.string().optional(),
      key: z.string().optional(),
      servername: z.string().optional(),
      insecure: z.boolean().optional(),
      resume: z.boolean().optional(),
    })
    .optional(),
  session: z.custom<SessionFunction>(isFunction, 'expected a function').optional(),
}
const scenarioSchema = z
  .strictObject(shape)
  .refine(
    ({ session, traffic }) =>
      !session || (traffic?.payload ?? traffic?.reply ?? traffic?.method) === undefined,
    'a session says itself what is sent: leave traffic.payload, traffic.reply and traffic.method out',
  )
  .refine(
    ({ session, traffic }) => !session || (traffic?.bodyFile ?? traffic?.pipelining) === undefined,
    'a session says itself what is sent: leave traffic.bodyFile and traffic.pipelining out',
  )
  .refine(
    ({ session, load }) => session !== undefined || load?.sessions === undefined,
    'load.sessions needs a session function',
  )
  .refine(
    ({ session, load }) =>
      session === undefined || (load?.rate ?? load?.stages ?? load?.connections) === undefined,
    'a scenario with a session has its load under load.sessions: rate, stages or users',
  )

const knownFields: Readonly<Record<string, readonly string[]>> = {
  '': Object.keys(shape),
  load: Object.keys(shape.load.unwrap().shape),
  'load.sessions': Object.keys(sessions.shape),
  traffic: Object.keys(shape.traffic.unwrap().shape),
  tls: Object.keys(shape.tls.unwrap().shape),
}

function describeUnknown(path: string, keys: readonly string[]): string {
  return keys
    .map((key) => {
      const full = path ? `${path}.${key}` : key
      const here = nearMiss(key, knownFields[path] ?? [])
      if (here) return `${full}: unknown field; did you mean '${here}'?`
      const elsewhere = Object.entries(knownFields).find(([, fields]) => fields.includes(key))
      if (elsewhere?.[0]) return `${full}: unknown field; '${key}' belongs under '${elsewhere[0]}'.`
      return `${full}: unknown field. Known are ${(knownFields[path] ?? []).join(', ')}.`
    })
    .join('\n')
}

function flatten(issue: z.core.$ZodIssue): z.core.$ZodIssue[] {
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return [issue]
  const informative = issue.errors.toSorted((a, b) => depth(b) - depth(a))[0]!
  return informative.flatMap((inner) => flatten({ ...inner, path: [...issue.path, ...inner.path] }))
}

/** The branch of a union that the author meant is the one that failed deepest, or by rule and not by type. */
function depth(issues: readonly z.core.$ZodIssue[]): number {
  return Math.max(...issues.map((issue) => issue.path.length * 2 + (issue.code === 'invalid_type' ? 0 : 1)))
}

function describe(issue: z.core.$ZodIssue): string {
  const path = issue.path.join('.')
  if (issue.code === 'unrecognized_keys') return describeUnknown(path, issue.keys)
  return `${path || 'scenario'}: ${issue.message}`
}

/**
 * Checks what a scenario file exports.
 * @param from the file, for the message
 * @throws PlimsollError SCENARIO_INVALID naming each wrong field's path, what was expected and a near miss
 */
export function validateScenario(value: unknown, from: string): Scenario {
  const result = scenarioSchema.safeParse(value)
  if (result.success) return value as Scenario
  const lines = [...new Set(result.error.issues.flatMap(flatten).map(describe))]
  throw new PlimsollError('SCENARIO_INVALID', `${from} is not a valid scenario:\n  ${lines.join('\n  ')}`)
}
