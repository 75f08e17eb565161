/*
 * Counters of a network namespace: /proc/PID/net/snmp and netstat. Both hold pairs of lines, names and then values,
 * that begin with the same word.
 */

/** Totals since the namespace began; null where this kernel does not count it. */
export interface NetCounters {
  /** Connections that found the accept queue of a listening socket full. */
  readonly listenOverflows: number | null
  /** Connection requests that a listening socket dropped, for whatever reason; overflows are among them. */
  readonly listenDrops: number | null
  /** SYN cookies sent, since the queue of half-open connections was full. */
  readonly synCookies: number | null
  /** Segments that were sent again, SYNs among them. */
  readonly retransmits: number | null
  /** Segments sent for the first time. */
  readonly segmentsSent: number | null
}

/** `Word: name name …` and `Word: 1 2 …`, as a table by name; null where the text holds no such pair. */
export function parseCounterPair(text: string, word: string): ReadonlyMap<string, number> | null {
  const lines = text.split('\n').filter((line) => line.startsWith(`${word}: `))
  const names = lines[0]?.split(' ')
  const values = lines[1]?.trimEnd().split(' ')
  if (!names || names.length !== values?.length) return null
  const table = new Map<string, number>()
  for (let index = 1; index < names.length; index++) {
    if (!/^-?\d+$/.test(values[index]!)) return null
    table.set(names[index]!, Number(values[index]))
  }
  return table
}

/** Null where neither text is what the kernel writes. */
export function parseNetCounters(snmp: string, netstat: string): NetCounters | null {
  const tcp = parseCounterPair(snmp, 'Tcp')
  const extended = parseCounterPair(netstat, 'TcpExt')
  if (!tcp && !extended) return null
  return {
    listenOverflows: extended?.get('ListenOverflows') ?? null,
    listenDrops: extended?.get('ListenDrops') ?? null,
    synCookies: extended?.get('SyncookiesSent') ?? null,
    retransmits: tcp?.get('RetransSegs') ?? null,
    segmentsSent: tcp?.get('OutSegs') ?? null,
  }
}
