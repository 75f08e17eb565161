import { z } from 'zod'

const share = z.number().min(0)

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
      'CPU time by the kernel’s account, of one core, while the profiler ran: of the busiest thread but V8’s sampler, or of the process where the profile does not tell threads apart. What idleShare is to be held against. null where nothing was compared.',
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
