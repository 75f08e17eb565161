import { gzipSync } from 'node:zlib'
import { buildPprof } from './build-pprof.js'

/** Of two seconds, in half of which a service ran: as Go's /debug/pprof/profile answers. */
export const goProfile = gzipSync(
  buildPprof({
    sampleTypes: [
      ['samples', 'count'],
      ['cpu', 'nanoseconds'],
    ],
    samples: [
      { stack: [['main.spendSeven'], ['main.main']], values: [70, 700_000_000] },
      { stack: [['main.spendThree'], ['main.main']], values: [30, 300_000_000] },
    ],
    durationNanos: 2_000_000_000,
  }),
)
