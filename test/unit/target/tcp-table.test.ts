import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { joinSums, TcpTableScan } from '../../../src/target/tcp-table.js'

/** Linux 6.18: a listener of port 18098 whose queue holds three connections, clients that wait, and other ports. */
const tcp = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode                                                     
   0: 00000000:07E8 00000000:0000 0A 00000000:00000009 00:00000000 00000000     0        0 1079 1 0000000039be31cc 100 0 0 10 0                      
   1: 0100007F:46B2 00000000:0000 0A 00000000:00000003 00:00000000 00000000     0        0 1877234 4 00000000e417cb5d 100 0 0 10 0                   
   2: 0100007F:A46E 0100007F:46B2 01 00000010:00000000 00:00000000 00000000     0        0 1877235 1 0000000081c60950 20 0 0 10 -1                   
   5: 0100007F:A48A 0100007F:46B2 02 00000001:00000000 01:00000033 00000001     0        0 1877238 2 00000000a67c50bb 100 0 0 1 -1                   
  12: 0100007F:46B2 0100007F:A47C 01 00000A00:00000000 00:00000000 00000000     0        0 0 1 000000009fa3d31f 20 0 0 10 -1                         
  13: 0100007F:46B2 0100007F:A46E 01 00000100:0000FFFF 00:00000000 00000000     0        0 0 1 00000000a3c8926b 20 0 0 10 -1                         
  14: 0100007F:46B2 0100007F:A478 08 00000000:00000001 00:00000000 00000000     0        0 0 1 000000009fa3d31f 20 0 0 10 -1                         
  15: 0100007F:46B2 0100007F:A479 03 00000000:00000000 01:00000033 00000000     0        0 0 1 000000009fa3d31f
  16: 0100007F:46B2 0100007F:A47A 06 00000000:00000000 03:00000D30 00000000     0        0 0 3 000000009fa3d31f                                      
  17: 0100007F:46B2 0100007F:A47B 04 00000000:00000000 00:00000000 00000000     0        0 0 3 000000009fa3d31f                                      
`
const tcp6 = `  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000000000000000000000000000:46B2 00000000000000000000000000000000:0000 0A 00000000:00000002 00:00000000 00000000     0        0 4711 1 0000000000000000 100 0 0 10 0
   1: 0000000000000000FFFF00000100007F:46B2 0000000000000000FFFF00000100007F:C350 01 00000000:00000020 00:00000000 00000000     0        0 4712 1 0000000000000000 20 4 30 10 -1
`

function scan(text: string, cuts: readonly number[] = []): TcpTableScan {
  const found = new TcpTableScan([18_098])
  const bytes = Buffer.from(text, 'latin1')
  const edges = [0, ...cuts.map((cut) => cut % bytes.length).sort((a, b) => a - b), bytes.length]
  const room = Buffer.alloc(bytes.length)
  for (const [i, from] of edges.slice(0, -1).entries()) {
    // The same room each time, as a reader of files has it.
    const got = bytes.copy(room, 0, from, edges[i + 1]!)
    found.add(room.subarray(0, got))
  }
  return found
}

const expected = {
  listeners: 1,
  listenQueue: 3,
  established: 2,
  halfOpen: 1,
  closeWait: 1,
  timeWait: 1,
  closing: 1,
  receiveQueueBytes: 0x10000,
  receiveQueueMaxBytes: 0xffff,
  sendQueueBytes: 0xb00,
  sendQueueMaxBytes: 0xa00,
}

describe('TcpTableScan', () => {
  it('sums the sockets of its ports by state: neither the clients of the port nor other ports', () => {
    expect(scan(tcp).sums).toEqual(expected)
  })

  it('reads IPv6 rows, and joins both tables', () => {
    expect(scan(tcp6).sums).toMatchObject({
      listeners: 1,
      listenQueue: 2,
      established: 1,
      receiveQueueBytes: 32,
    })
    expect(joinSums([scan(tcp).sums, scan(tcp6).sums])).toMatchObject({
      listeners: 2,
      listenQueue: 5,
      established: 3,
      receiveQueueBytes: 0x10020,
      receiveQueueMaxBytes: 0xffff,
    })
  })

  it('tells when the listening sockets are past', () => {
    const head = tcp.split('\n').slice(0, 3).join('\n')
    expect(scan(`${head}\n`).pastListeners).toBe(false)
    expect(scan(tcp).pastListeners).toBe(true)
  })

  it('says the same wherever the text is cut', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 40 }), (cuts) => {
        expect(scan(tcp, cuts).sums).toEqual(expected)
      }),
    )
  })

  it('leaves out rows that it cannot read, without a word', () => {
    const broken = tcp.replaceAll('00000100:0000FFFF', '0000z100:0000FFFF')
    expect(scan(broken).sums).toMatchObject({ established: 1, receiveQueueBytes: 1 })
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 600 }),
      fc.constantFrom(...tcp.split('\n').map((line) => Buffer.from(`${line}\n`))),
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
        const found = new TcpTableScan([18_098])
        for (const bytes of pieces) found.add(Buffer.from(bytes))
        for (const value of Object.values(found.sums)) expect(Number.isSafeInteger(value)).toBe(true)
      }),
    )
  })

  it('keeps no endless row', () => {
    const found = new TcpTableScan([18_098])
    for (let i = 0; i < 100; i++) found.add(Buffer.alloc(1_000, 'x'))
    found.add(Buffer.from(`\n${tcp}`))
    expect(found.sums.established).toBe(2)
  })
})
