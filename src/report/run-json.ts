import { z } from 'zod'
import type { metricNames } from '../analysis/objectives.js'
import { profileSchema } from './profile-schema.js'
import { targetSchema } from './target-schema.js'

/*
 * The shape of run.json, `plimsoll.run/1`: the contract with scripts. Times are in ms, rates a second, sizes in
 * bytes, shares between 0 and 1. Objects are loose: readers accept fields that they don't know.
 */

const share = z.number().min(0)

export const metricSchema = z.looseObject({
  unit: z.literal('ms'),
  count: z.number().int().describe('Values behind the percentiles, censored ones included.'),
  censored: z.number().int().describe('Messages without a reply; their waiting time is a lower bound.'),
  min: z.number(),
  mean: z.number(),
  p50: z.number(),
  p75: z.number(),
  p90: z.number(),
  p95: z.number(),
  p99: z.number(),
  'p99.9': z.number(),
  'p99.99': z.number(),
  max: z.number(),
  unsure: z.array(z.string()).describe('Statistics that fewer than 10 values lie beyond.'),
  bounds: z
    .array(z.string())
    .describe('Statistics that fall among censored values: the true value is at least this.'),
})
export type MetricJson = z.infer<typeof metricSchema>

export type MetricName = (typeof metricNames)[number]

export const objectiveSchema = z.looseObject({
  expression: z.string(),
  metric: z.string(),
  statistic: z.string(),
  observed: z.number().nullable(),
  bound: z.boolean().optional().describe('The observed value is a lower bound (it falls among timeouts).'),
  interval: z.tuple([z.number(), z.number()]).nullable(),
  limit: z.number(),
  unit: z.string(),
  ok: z.boolean().nullable().describe('null: the data cannot tell.'),
  note: z.string().optional(),
})
export type ObjectiveJson = z.infer<typeof objectiveSchema>

export const reasonSchema = z.looseObject({ code: z.string(), detail: z.string() })
export type ReasonJson = z.infer<typeof reasonSchema>

export const workerSchema = z.looseObject({
  index: z.number().int(),
  pid: z.number().int(),
  alive: z.boolean(),
  connections: z.number().int(),
  cpuPercent: z.number().describe('Of one core, over the measured window.'),
  runQueueWaitPercent: z.number().nullable().describe('Time ready to run but waiting for a core.'),
  eventLoopDelayP99: z.number().describe('ms'),
  gcPercent: z.number(),
  spinPercent: z.number().describe('Time spent spinning towards the next send.'),
  rssBytes: z.number(),
})
export type WorkerJson = z.infer<typeof workerSchema>

export const findingSchema = z.looseObject({
  cause: z.string(),
  confidence: z.number(),
  share: z.number().optional(),
  where: z.looseObject({ function: z.string(), file: z.string(), line: z.number() }).optional(),
  evidence: z.array(z.string()),
  advice: z.string(),
})

export const sessionsSchema = z
  .looseObject({
    started: z.number().int(),
    completed: z.number().int(),
    failed: z
      .number()
      .int()
      .describe('A message or the script itself failed, and the session did not catch it.'),
    unfinished: z.number().int().describe('The load ended before they did.'),
    posted: z.number().int().describe('Messages sent that wait for no reply.'),
    errors: z
      .array(z.looseObject({ error: z.string(), count: z.number().int() }))
      .describe('What scripts threw, with the place in their source; over the whole run.'),
  })
  .describe('Sessions that arrived in the measured window.')

export const verdicts = ['pass', 'fail', 'inconclusive', 'invalid', 'exploratory'] as const
export type Verdict = (typeof verdicts)[number]

export const runSchema = z.looseObject({
  schema: z.literal('plimsoll.run/1'),
  id: z.string(),
  name: z.string(),
  command: z.string().describe('The command that repeats this run.'),
  startedAt: z.string(),
  endedAt: z.string(),
  interrupted: z.boolean(),
  target: z.string().describe('URL'),
  protocol: z.string(),
  clock: z.looseObject({
    monotonicUs: z.number().describe('CLOCK_MONOTONIC at the start of the load.'),
    wallTime: z.string().describe('The wall time of that instant.'),
  }),
  tool: z.looseObject({ version: z.string(), node: z.string(), os: z.string(), cpus: z.number() }),
  load: z.looseObject({
    model: z.enum(['open', 'closed']),
    arrival: z.enum(['constant', 'poisson']).nullable(),
    connections: z.number().int(),
    sessions: z
      .looseObject({ users: z.number().int().nullable(), iterations: z.number().int().nullable() })
      .optional()
      .describe('Sessions were run: offeredRate and dispatchedRate are of their arrivals.'),
    offeredRate: z.number().nullable().describe('Mean over the measured window; null in the closed model.'),
    dispatchedRate: z.number(),
    achievedRate: z.number(),
    reply: z.string().describe('How replies were matched: json:PATH, fifo, function, none, protocol.'),
    warmup: z.looseObject({
      seconds: z.number(),
      method: z.enum(['fixed', 'auto', 'none']),
      established: z.boolean().nullable().describe('null for a fixed warm-up: nobody looked.'),
    }),
    measuredSeconds: z.number(),
    profiledSeconds: z.number(),
    controlSeconds: z
      .number()
      .optional()
      .describe('Length of the windows without the profiler, before and after it, that tell what it cost.'),
    workers: z.number().int(),
    seed: z.number(),
    pacing: z.string(),
  }),
  verdict: z.enum(verdicts),
  slo: z.array(objectiveSchema),
  metrics: z.record(z.string(), metricSchema),
  measures: z.record(z.string(), metricSchema),
  groups: z.record(z.string(), z.looseObject({ response: metricSchema, errors: z.number() })),
  checks: z
    .record(z.string(), z.looseObject({ passed: z.number().int(), failed: z.number().int() }))
    .optional()
    .describe('What sessions checked, by name.'),
  sessions: sessionsSchema.optional(),
  counters: z.looseObject({
    due: z.number().int(),
    sent: z.number().int(),
    received: z.number().int(),
    unmatched: z.number().int(),
    pushed: z
      .number()
      .int()
      .describe('Messages of the target that answer none of ours: pushes, or replies that came too late.'),
    shed: z.number().int(),
    bytesSent: z.number(),
    bytesReceived: z.number(),
    connectionsOpened: z.number().int(),
    connectionsFailed: z.number().int(),
    connectionsLost: z.number().int(),
    tlsResumed: z
      .number()
      .int()
      .optional()
      .describe('Connections that resumed an earlier TLS session, by its ticket. Only where TLS was spoken.'),
    compressed: z
      .number()
      .int()
      .optional()
      .describe('WebSockets whose server took the offer of permessage-deflate. Only where it was made.'),
    timeouts: z.number().int(),
    errors: z.looseObject({ total: z.number().int(), byKind: z.record(z.string(), z.number().int()) }),
  }),
  generator: z.looseObject({
    verdict: z.enum(['valid', 'suspect', 'invalid']),
    reasons: z.array(reasonSchema),
    floor: z.looseObject({ p50: z.number(), p99: z.number(), 'p99.9': z.number() }).nullable(),
    workers: z.array(workerSchema),
  }),
  targets: z.array(targetSchema),
  syscalls: z
    .array(
      z.looseObject({
        name: z.string(),
        calls: z.number().int(),
        errors: z.number().int(),
        seconds: z.number().describe('Spent in the kernel.'),
        share: share.describe(
          'Of the time in system calls; 0 for those that wait, where perf trace counted.',
        ),
      }),
    )
    .nullable()
    .optional()
    .describe(
      'System calls of the target by strace or perf trace (settings.syscallsBy), after all else was measured; only with --syscalls, null where they could not be counted (settings.syscallsNote says why).',
    ),
  profile: profileSchema.nullable(),
  diagnosis: z.array(findingSchema),
  settings: z.record(z.string(), z.unknown()).describe('Every setting of the run, defaults included.'),
})

/** A finished (or interrupted) run, as `run.json` holds it. */
export type RunJson = z.infer<typeof runSchema>
