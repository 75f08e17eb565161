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
