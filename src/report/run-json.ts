import { z } from 'zod'
import type { metricNames } from '../analysis/objectives.js'
import type { ReportFlame } from './report-flame.js'
import type { SlowMessagesJson } from './slow-messages.js'

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

const figure = z.number().nullable()
const pausesSchema = z.looseObject({
  count: z.number().int().describe('Pauses.'),
  ms: z.number().describe('Their length together.'),
})

export const targetNetworkSchema = z.looseObject({
  listenOverflows: figure.describe('Connections that found the accept queue of a listening socket full.'),
  listenDrops: figure.describe('Connection requests dropped by listening sockets; overflows are among them.'),
  synCookies: figure.describe('SYN cookies sent, since too many handshakes were open.'),
  retransmits: figure.describe('TCP segments sent again, SYNs among them.'),
  segmentsSent: figure.describe('TCP segments sent, without those sent again.'),
})

export const targetSocketsSchema = z.looseObject({
  listenQueueMax: figure.describe(
    'Most connections that were seen waiting to be accepted. The queue is full at its backlog and one more.',
  ),
  established: figure.describe('Mean.'),
  halfOpen: figure.describe('Handshakes under way, mean.'),
  closeWait: figure.describe('Closed by the peer and not yet by the target, mean.'),
  timeWait: figure.describe('Closed by the target first, mean.'),
  receiveQueueBytes: figure.describe('Received and not yet read by the target: all sockets, mean.'),
  receiveQueueMaxBytes: figure.describe('The fullest that a single socket was seen.'),
  sendQueueBytes: figure.describe('Sent by the target and not yet acknowledged: all sockets, mean.'),
  sendQueueMaxBytes: figure.describe('The fullest that a single socket was seen.'),
})

export const targetCgroupSchema = z.looseObject({
  cpuLimitCores: figure.describe('Cores that the tightest CPU quota amounts to; null: no quota.'),
  throttledShare: figure.describe('Periods in which the quota was used up ÷ periods in which it ran.'),
  throttledMs: figure.describe('Time in which it was not allowed to run, added up over its cores.'),
  memoryLimitBytes: figure.describe('The tightest limit; null: none.'),
  memoryBytes: figure.describe('Used by the group, page cache included, mean.'),
  memoryMaxBytes: figure.describe('The most that was seen.'),
  memoryLimitHits: figure.describe('How often its use met the limit, and the kernel had to reclaim.'),
  oomKills: figure.describe('Processes that the kernel ended since memory ran out.'),
})

export const targetSchema = z.looseObject({
  pid: z.number().int().nullable(),
  role: z.string(),
  kind: z.string().describe('node, other or unknown'),
  command: z.string().nullable(),
  cpuPercent: z.number().nullable().describe('Of one core, mean over the measured window.'),
  runQueueWaitPercent: z.number().nullable(),
  rssBytes: z.number().nullable(),
  threads: z.number().nullable(),
  descriptors: z.number().nullable(),
  eventLoopUtilization: z.number().nullable().describe('Only from windows without a profiler.'),
  heapUsedBytes: z.number().nullable(),
  gcPercent: z.number().nullable(),
  threadGroups: z
    .array(
      z.looseObject({
        name: z.string().describe('As the kernel has it, without a number at its end.'),
        role: z.string().describe('main, v8 (compiles, collects garbage), pool (libuv), worker or other.'),
        threads: z.number().int().describe('At the last look.'),
        cpuPercent: z.number().describe('Of one core.'),
        runQueueWaitPercent: z.number().describe('Of one core.'),
      }),
    )
    .optional()
    .describe('Threads by name and role, the busiest first.'),
  allowedCores: figure.optional().describe('Cores that its affinity lets it run on.'),
  voluntarySwitchesPerSecond: figure.optional().describe('Times a thread gave its core away, to wait.'),
  involuntarySwitchesPerSecond: figure
    .optional()
    .describe('Times a thread lost its core to another, though it had more to do.'),
  majorFaultsPerSecond: figure.optional().describe('Page faults that had to read from storage.'),
  storageReadBytesPerSecond: figure
    .optional()
    .describe('Read from storage; null where that is not permitted.'),
  storageWrittenBytesPerSecond: figure.optional().describe('Written to storage.'),
  loopDelay: z
    .looseObject({
      p50: z.number().describe('Median of the seconds’ medians, ms.'),
      p99: z.number().describe('Of the worst second, ms.'),
      max: z.number().describe('ms'),
    })
    .nullable()
    .optional()
    .describe('How late timers came in the event loop.'),
  gc: z
    .looseObject({
      minor: pausesSchema.describe('Of the young generation (scavenges).'),
      major: pausesSchema.describe('Of the whole heap.'),
      incremental: pausesSchema.describe('Steps of marking between major collections.'),
      weak: pausesSchema.describe('Callbacks of weak references, after a collection.'),
    })
    .nullable()
    .optional()
    .describe('Pauses of the garbage collector, by kind.'),
  heapTotalBytes: figure.optional().describe('What V8 has reserved, at the end of the window.'),
  heapAfterMajorBytes: figure
    .optional()
    .describe('What was left after the last major collection of the window; null if there was none.'),
  externalBytes: figure.optional().describe('C++ objects bound to JavaScript ones, buffers included.'),
  arrayBuffersBytes: figure.optional().describe('Of `externalBytes`, those of array buffers.'),
  network: targetNetworkSchema
    .nullable()
    .optional()
    .describe(
      'Counts of the process’s whole network namespace, Plimsoll’s own traffic included if it shares it.',
    ),
  sockets: targetSocketsSchema
    .nullable()
    .optional()
    .describe('Sockets on the port of the target, of all its processes together.'),
  cgroup: targetCgroupSchema.nullable().optional().describe('Control group, of version 1 or 2.'),
})
export type TargetJson = z.infer<typeof targetSchema>

export const hotFunctionSchema = z.looseObject({
  function: z.string(),
  file: z.string(),
  line: z.number().int(),
  selfShare: share,
  totalShare: share,
})
export type HotFunctionJson = z.infer<typeof hotFunctionSchema>

const changeSchema = z.looseObject({
  value: z.number().describe('0.05: 5 % more.'),
  interval: z.tuple([z.number(), z.number()]).describe('95 %; one that holds 0 is noise.'),
})

export const observerCostSchema = z.looseObject({
  collector: z
    .string()
    .describe(
      'cpu-profile, runtime (GC, memory and loop delay, inside the process) or proc (files of /proc).',
    ),
  cpuPerReply: changeSchema.describe('Change of the target’s CPU time for each reply while it was at work.'),
  achievedRate: changeSchema
    .nullable()
    .describe('Change of the achieved rate; only in the closed model, where the target sets it.'),
})
export type ObserverCostJson = z.infer<typeof observerCostSchema>

export const threadSchema = z.looseObject({
  pid: z.number().int(),
  thread: z.string(),
  seconds: z.number(),
  onCpuSeconds: z.number(),
  idleShare: share,
})

export const profileSchema = z.looseObject({
  how: z.string().optional().describe('inspector (Node), perf or pprof.'),
  files: z.array(z.string()),
  seconds: z.number(),
  observerCost: z
    .number()
    .nullable()
    .describe('Share of the target’s CPU a message that profiling added; may be below 0 by noise.'),
  ledger: z
    .array(observerCostSchema)
    .optional()
    .describe(
      'What each collector cost, from windows of this run with and without it; empty where a window is missing or the profile is shorter than 2 s.',
    ),
  idleShare: share,
  cpuShare: share
    .nullable()
    .optional()
    .describe(
      'CPU time of the profiled processes by the kernel’s account, of one core, while the profiler ran: what idleShare is to be held against. null where nothing was compared.',
    ),
  categories: z.record(z.string(), z.number()).describe('Shares of on-CPU time.'),
  unattributed: share,
  gcCausedBy: z
    .record(z.string(), z.number())
    .optional()
    .describe('The garbage collector’s share again, by what the code that caused it was doing.'),
  hottest: z.array(hotFunctionSchema),
  threads: z.array(threadSchema).optional().describe('Threads of all processes that were profiled.'),
  problems: z
    .array(z.string())
    .optional()
    .describe('What keeps the profile from telling all, such as source maps that are missing.'),
})
export type ProfileJson = z.infer<typeof profileSchema>

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
        share: share.describe('Of the time in system calls.'),
      }),
    )
    .nullable()
    .optional()
    .describe(
      'System calls of the target by strace, after all else was measured; only with --syscalls, null where they could not be counted (settings.syscallsNote says why).',
    ),
  profile: profileSchema.nullable(),
  diagnosis: z.array(findingSchema),
  settings: z.record(z.string(), z.unknown()).describe('Every setting of the run, defaults included.'),
})

/** A finished (or interrupted) run, as `run.json` holds it. */
export type RunJson = z.infer<typeof runSchema>

/** One line of `timeline.ndjson`: one intended second of the run. Times in ms. */
export interface TimelineSecond {
  /** Seconds since the load started, at the start of this interval. */
  readonly at: number
  /** Length of the interval in seconds; below 1 where a phase ends between two seconds. */
  readonly length: number
  /** `control`: without the profiler, before and after the profiled window; `settling`: right after its start and end. */
  readonly phase: 'warmup' | 'measured' | 'control' | 'settling' | 'profiled'
  readonly due: number
  /** Messages that the generator was ready to send, on time or late. */
  readonly dispatched: number
  readonly sent: number
  /** Valid replies to messages due in this interval. */
  readonly received: number
  /** Valid replies that arrived in this interval. */
  readonly arrived: number
  readonly errors: number
  readonly errorsByKind: Readonly<Record<string, number>>
  readonly response: TimelinePercentiles
  readonly service: TimelinePercentiles
  readonly wait: TimelinePercentiles
  readonly slip: TimelinePercentiles
  /** Open at the end of the interval. */
  readonly connections: number
  readonly connectionsOpened: number
  readonly connectionsFailed: number
  readonly connectionsLost: number
  readonly target: TimelineTarget | null
  readonly generator: { readonly cpuPercent: number; readonly runQueueWaitPercent: number | null }
}

export interface TimelinePercentiles {
  readonly count: number
  readonly p50: number
  readonly p90: number
  readonly p99: number
  readonly 'p99.9': number
  readonly max: number
}

/** Numbers of one second of the target, all its processes together. null: not known; absent: an older version. */
export interface TimelineFigures {
  readonly cpuPercent: number | null
  readonly runQueueWaitPercent: number | null
  readonly rssBytes: number | null
  readonly threads: number | null
  readonly descriptors: number | null
  /** Of the busiest process. */
  readonly eventLoopUtilization: number | null
  readonly heapUsedBytes: number | null
  readonly gcMs: number | null
  /** `cpuPercent` by what the threads are there for, of one core each. */
  readonly cpuMainPercent?: number | null
  readonly cpuV8Percent?: number | null
  readonly cpuPoolPercent?: number | null
  readonly cpuWorkerPercent?: number | null
  readonly cpuOtherPercent?: number | null
  readonly voluntarySwitchesPerSecond?: number | null
  readonly involuntarySwitchesPerSecond?: number | null
  readonly majorFaultsPerSecond?: number | null
  readonly storageReadBytesPerSecond?: number | null
  readonly storageWrittenBytesPerSecond?: number | null
  /** Connections that waited to be accepted, the most that was seen. */
  readonly listenQueue?: number | null
  /** Of the whole network namespace, as are the three that follow. */
  readonly listenOverflowsPerSecond?: number | null
  readonly listenDropsPerSecond?: number | null
  readonly synCookiesPerSecond?: number | null
  readonly retransmitsPerSecond?: number | null
  /** Of the sockets on the target’s port; not in every second where there are very many. */
  readonly socketsEstablished?: number | null
  readonly receiveQueueBytes?: number | null
  readonly sendQueueBytes?: number | null
  /** Of the control group; null without a CPU quota. */
  readonly throttledMsPerSecond?: number | null
  readonly cgroupMemoryBytes?: number | null
  /** How late timers came; of the slowest process. */
  readonly loopDelayP50Ms?: number | null
  readonly loopDelayP99Ms?: number | null
  readonly loopDelayMaxMs?: number | null
  readonly heapTotalBytes?: number | null
  /** null in a second without a major collection. */
  readonly heapAfterMajorBytes?: number | null
  readonly externalBytes?: number | null
  readonly arrayBuffersBytes?: number | null
  /** `gcMs` by kind. */
  readonly gcMinorMs?: number | null
  readonly gcMajorMs?: number | null
  readonly gcIncrementalMs?: number | null
  readonly gcWeakMs?: number | null
}

export interface TimelineTarget extends TimelineFigures {
  /** Each by itself, where there are several. */
  readonly processes?: readonly TimelineProcess[]
}

export interface TimelineProcess {
  readonly pid: number
  readonly cpuPercent: number | null
  readonly runQueueWaitPercent: number | null
  readonly rssBytes: number | null
  readonly eventLoopUtilization: number | null
}

/** One line of `exemplars.ndjson`: a message kept whole. Times in ms. */
export interface ExemplarJson {
  readonly kind: 'slow' | 'random'
  readonly id: number
  readonly connection: number
  /** Seconds since the load started. */
  readonly intendedAt: number
  readonly response: number
  readonly slip: number
  readonly wait: number
  readonly service: number
  readonly error: string | null
}

/** One point of the percentile curve: `percentile` 0…100, `value` in ms. */
export interface CurvePoint {
  readonly percentile: number
  readonly value: number
}

/**
 * How many responses took how long, over time. Row r holds the times from 2^(r / rowsPerDoubling) µs up to the next
 * row; `cells` is `row, count, row, count, …` of the rows that are not empty.
 */
export interface HeatMapJson {
  readonly rowsPerDoubling: number
  readonly columns: readonly HeatMapColumn[]
}

/** `at` and `length` in seconds since the load started. */
export interface HeatMapColumn {
  readonly at: number
  readonly length: number
  readonly cells: readonly number[]
}

/** All that the HTML report shows: run.json and what is too long for it. */
export interface ReportData {
  readonly run: RunJson
  readonly timeline: readonly TimelineSecond[]
  readonly curves: Readonly<Partial<Record<MetricName, readonly CurvePoint[]>>>
  /** null in a run that broke off, or of a version that kept none. */
  readonly heatMap: HeatMapJson | null
  readonly exemplars: readonly ExemplarJson[]
  /** Of every profiler that looked, the first as `run.profile` has it. */
  readonly flames: readonly ReportFlame[]
  /** null without a flame graph. */
  readonly slow: SlowMessagesJson | null
}
