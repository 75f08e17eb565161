import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseCounterPair, parseNetCounters } from '../../../src/target/net-counters.js'

/** Linux 6.18, shortened to what matters and what might mislead. */
const snmp = `Ip: Forwarding DefaultTTL InReceives
Ip: 1 64 251737900
Tcp: RtoAlgorithm RtoMin RtoMax MaxConn ActiveOpens PassiveOpens AttemptFails EstabResets CurrEstab InSegs OutSegs RetransSegs InErrs OutRsts InCsumErrors
Tcp: 1 200 120000 -1 295296 291154 3835 39115 6 251737546 251715968 6044 0 29934 0
Udp: InDatagrams NoPorts
Udp: 12 0
`
const netstat = `TcpExt: SyncookiesSent SyncookiesRecv SyncookiesFailed ListenOverflows ListenDrops TCPHPHits TCPReqQFullDoCookies
TcpExt: 3 0 0 14 15 242009593 0
IpExt: InNoRoutes InTruncatedPkts
IpExt: 0 0
`
/** Linux 4.18 has fewer names in another order. */
const olderNetstat = `TcpExt: SyncookiesSent ListenDrops ListenOverflows\nTcpExt: 1 2 3\n`

describe('parseNetCounters', () => {
  it('finds the counters by name, in any order', () => {
    expect(parseNetCounters(snmp, netstat)).toEqual({
      listenOverflows: 14,
      listenDrops: 15,
      synCookies: 3,
      retransmits: 6_044,
      segmentsSent: 251_715_968,
    })
    expect(parseNetCounters(snmp, olderNetstat)).toMatchObject({
      listenOverflows: 3,
      listenDrops: 2,
      synCookies: 1,
    })
  })

  it('knows half where one file is missing, and nothing without both', () => {
    expect(parseNetCounters('', netstat)).toMatchObject({ listenOverflows: 14, retransmits: null })
    expect(parseNetCounters(snmp, '')).toMatchObject({ listenOverflows: null, retransmits: 6_044 })
    expect(parseNetCounters('', '')).toBeNull()
  })

  it('takes no values that belong to other names', () => {
    expect(parseCounterPair('Tcp: a b\nTcp: 1\n', 'Tcp')).toBeNull()
    expect(parseCounterPair('Tcp: a b\nTcp: 1 x\n', 'Tcp')).toBeNull()
    expect(parseCounterPair('Tcp: a b\nUdp: 1 2\n', 'Tcp')).toBeNull()
  })

  it('never throws, and never counts what is no number', () => {
    const word = fc.constantFrom(
      'Tcp:',
      'TcpExt:',
      'RetransSegs',
      'ListenOverflows',
      '12',
      '-1',
      'x',
      '\n',
      ' ',
    )
    const text = fc.oneof(
      fc.string(),
      fc.array(word).map((words) => words.join(' ').replaceAll(' \n ', '\n')),
    )
    fc.assert(
      fc.property(text, text, (first, second) => {
        for (const value of Object.values(parseNetCounters(first, second) ?? {}))
          expect(value === null || Number.isSafeInteger(value)).toBe(true)
      }),
      { numRuns: 500 },
    )
  })
})
