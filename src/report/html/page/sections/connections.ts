import type { RunJson } from '../../../run-json.js'
import { section } from '../dom.js'
import { figures } from '../figures.js'
import { exact } from '../format.js'
import { metricTable } from '../metric-table.js'
import { connectMetrics } from './latency.js'

const explanations: Readonly<Record<string, string>> = {
  connect: 'first packet to usable connection',
  tcp: 'until the kernel has the connection',
  tls: 'keys agreed, certificate checked',
  handshake: 'upgrade asked for and granted',
}
const names: Readonly<Record<string, string>> = {
  connect: 'connect, all of it',
  tcp: 'TCP',
  tls: 'TLS',
  handshake: 'WebSocket handshake',
}

/** How connections fared, and what opening one took, phase by phase. */
export function connectionsSection(run: RunJson): HTMLElement {
  const { counters, metrics } = run
  const phases = connectMetrics.filter((name) => (metrics[name]?.count ?? 0) > 0)
  return section(
    'connections',
    'Opening connections',
    'From the first packet to a connection that can be used, and the phases that this is made of. Percentiles of phases do not add up.',
    figures([
      ['Opened', exact(counters.connectionsOpened)],
      ['Failed', exact(counters.connectionsFailed)],
      ['Lost later', exact(counters.connectionsLost)],
      ...(counters.tlsResumed === undefined
        ? []
        : [['TLS sessions resumed', exact(counters.tlsResumed)] as const]),
      ...(counters.compressed === undefined ? [] : [['Compressed', exact(counters.compressed)] as const]),
    ]),
    phases.length > 0 &&
      metricTable(
        'Phases of opening a connection',
        'Phase',
        phases.map((name) => ({
          name: names[name] ?? name,
          metric: metrics[name]!,
          ...(explanations[name] === undefined ? {} : { explanation: explanations[name] }),
        })),
      ),
  )
}
