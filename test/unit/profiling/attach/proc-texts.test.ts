import { describe, expect, it } from 'vitest'
import { parseClientPorts } from '../../../../src/profiling/attach/inspector-connections.js'
import { catchesSigusr1, parseEnvironment } from '../../../../src/profiling/attach/look-at-process.js'

describe('catchesSigusr1', () => {
  it.each([
    ['0000000108004602', true],
    ['0000000000000200', true],
    ['0000000100004402', false],
    ['fffffffffffffdff', false],
  ])('reads the mask %s', (mask, catches) => {
    expect(catchesSigusr1(`Name:\tnode\nSigIgn:\t0000000001001000\nSigCgt:\t${mask}\nCapInh:\t0\n`)).toBe(
      catches,
    )
  })

  it('believes nothing else', () => {
    expect(catchesSigusr1('')).toBe(false)
    expect(catchesSigusr1('Name:\tSigCgt:\t200\n')).toBe(false)
  })
})

describe('parseEnvironment', () => {
  it('keeps what stands behind the first equals sign', () => {
    expect([...parseEnvironment('A=1\0NODE_OPTIONS=--x=y\0EMPTY=\0=odd\0nonsense\0')]).toEqual([
      ['A', '1'],
      ['NODE_OPTIONS', '--x=y'],
      ['EMPTY', ''],
    ])
  })
})

describe('parseClientPorts', () => {
  const rows = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:240D 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 101 1
   1: 0100007F:240D 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 102 1
   2: 0100007F:C350 0100007F:240D 01 00000000:00000000 00:00000000 00000000     0        0 103 1
   3: 0100007F:240D 0100007F:C351 06 00000000:00000000 00:00000000 00000000     0        0 0 1
   4: 0100007F:240E 0100007F:C352 01 00000000:00000000 00:00000000 00000000     0        0 104 1
`
  it('finds who is connected, from the side of the server', () => {
    expect(parseClientPorts(rows, 9_229)).toEqual([50_000])
    expect(parseClientPorts(rows, 9_231)).toEqual([])
    expect(parseClientPorts('', 9_229)).toEqual([])
  })
})
