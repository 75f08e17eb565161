import { z } from 'zod'

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
