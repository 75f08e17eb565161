import type { TimelineFigures, TimelineSecond } from './timeline-second.js'

type Cell = string | number | null
type Column = readonly [name: string, cellOf: (second: TimelineSecond) => Cell]

const latencyMetrics = ['response', 'service', 'wait', 'slip'] as const
const latencyStatistics = ['p50', 'p90', 'p99', 'p99.9', 'max'] as const

const columns: readonly Column[] = [
  ['at_s', ({ at }) => at],
  ['length_s', ({ length }) => length],
  ['phase', ({ phase }) => phase],
  ['due', ({ due }) => due],
  ['dispatched', ({ dispatched }) => dispatched ?? null],
  ['sent', ({ sent }) => sent],
  ['received', ({ received }) => received],
  ['arrived', ({ arrived }) => arrived],
  ['errors', ({ errors }) => errors],
  ['errors_by_kind', ({ errorsByKind }) => listOfKinds(errorsByKind)],
  ...latencyMetrics.flatMap((metric): Column[] => [
    [`${metric}_count`, (second) => second[metric].count],
    ...latencyStatistics.map(
      (statistic): Column => [
        `${metric}_${statistic}_ms`,
        // Of no values there is no percentile: a 0 would be read as a very fast second.
        (second) => (second[metric].count > 0 ? second[metric][statistic] : null),
      ],
    ),
  ]),
  ['connections', ({ connections }) => connections],
  ['connections_opened', ({ connectionsOpened }) => connectionsOpened ?? null],
  ['connections_failed', ({ connectionsFailed }) => connectionsFailed ?? null],
  ['connections_lost', ({ connectionsLost }) => connectionsLost ?? null],
  ['target_cpu_percent', ({ target }) => target?.cpuPercent ?? null],
  ['target_run_queue_wait_percent', ({ target }) => target?.runQueueWaitPercent ?? null],
  ['target_rss_bytes', ({ target }) => target?.rssBytes ?? null],
  ['target_threads', ({ target }) => target?.threads ?? null],
  ['target_descriptors', ({ target }) => target?.descriptors ?? null],
  ['target_event_loop_utilization', ({ target }) => target?.eventLoopUtilization ?? null],
  ['target_heap_used_bytes', ({ target }) => target?.heapUsedBytes ?? null],
  ['target_gc_ms', ({ target }) => target?.gcMs ?? null],
  ['generator_cpu_percent', ({ generator }) => generator.cpuPercent],
  ['generator_run_queue_wait_percent', ({ generator }) => generator.runQueueWaitPercent],
  ...targetColumns([
    ['cpu_main_percent', 'cpuMainPercent'],
    ['cpu_v8_percent', 'cpuV8Percent'],
    ['cpu_pool_percent', 'cpuPoolPercent'],
    ['cpu_worker_percent', 'cpuWorkerPercent'],
    ['cpu_other_percent', 'cpuOtherPercent'],
    ['voluntary_switches_per_s', 'voluntarySwitchesPerSecond'],
    ['involuntary_switches_per_s', 'involuntarySwitchesPerSecond'],
    ['major_faults_per_s', 'majorFaultsPerSecond'],
    ['storage_read_bytes_per_s', 'storageReadBytesPerSecond'],
    ['storage_written_bytes_per_s', 'storageWrittenBytesPerSecond'],
    ['listen_queue', 'listenQueue'],
    ['listen_overflows_per_s', 'listenOverflowsPerSecond'],
    ['listen_drops_per_s', 'listenDropsPerSecond'],
    ['syn_cookies_per_s', 'synCookiesPerSecond'],
    ['retransmits_per_s', 'retransmitsPerSecond'],
    ['sockets_established', 'socketsEstablished'],
    ['receive_queue_bytes', 'receiveQueueBytes'],
    ['send_queue_bytes', 'sendQueueBytes'],
    ['throttled_ms_per_s', 'throttledMsPerSecond'],
    ['cgroup_memory_bytes', 'cgroupMemoryBytes'],
    ['loop_delay_p50_ms', 'loopDelayP50Ms'],
    ['loop_delay_p99_ms', 'loopDelayP99Ms'],
    ['loop_delay_max_ms', 'loopDelayMaxMs'],
    ['heap_total_bytes', 'heapTotalBytes'],
    ['heap_after_major_bytes', 'heapAfterMajorBytes'],
    ['external_bytes', 'externalBytes'],
    ['array_buffers_bytes', 'arrayBuffersBytes'],
    ['gc_minor_ms', 'gcMinorMs'],
    ['gc_major_ms', 'gcMajorMs'],
    ['gc_incremental_ms', 'gcIncrementalMs'],
    ['gc_weak_ms', 'gcWeakMs'],
  ]),
]

function targetColumns(named: readonly (readonly [string, keyof TimelineFigures])[]): Column[] {
  return named.map(([name, figure]) => [`target_${name}`, ({ target }) => target?.[figure] ?? null])
}

/** The names of the columns, units included, in their order. */
export const csvColumns: readonly string[] = columns.map(([name]) => name)

/**
 * The time line as CSV (RFC 4180): a header, then one row a second. What is not known, in a run of an older version as
 * well, is an empty cell.
 */
export function renderCsv(timeline: readonly TimelineSecond[]): string {
  const rows = timeline.map((second) => columns.map(([, cellOf]) => cellOf(second)))
  return [csvColumns, ...rows].map((cells) => `${cells.map(textOf).join(',')}\r\n`).join('')
}

const listOfKinds = (kinds: Readonly<Record<string, number>>): string =>
  Object.entries(kinds)
    .map(([kind, count]) => `${kind} ${count}`)
    .join(', ')

function textOf(cell: Cell): string {
  if (cell === null) return ''
  const text = String(cell)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
