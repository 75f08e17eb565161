import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isNodeExecutable } from '../../../src/target/describe-process.js'
import {
  countCores,
  parseAllowedCores,
  parseCommandLine,
  parseListeners,
  parsePageSize,
  parseResidentPages,
  parseSchedStat,
  parseStat,
  parseStorage,
  parseSwitches,
  reachableFromLoopback,
} from '../../../src/target/proc-parsing.js'

const head =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode                                                     '

describe('parseListeners', () => {
  it('reads LISTEN rows and leaves out connections', () => {
    const text = `${head}
   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 41234 1 00000000bb2eff06 100 0 0 10 0
   1: 0100007F:1F90 0100007F:C350 01 00000000:00000000 00:00000000 00000000  1000        0 41240 1 00000000bb2eff07 20 4 30 10 -1
   2: 00000000:07E8 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 632 1 00000000bb2eff08 100 0 0 10 0
`
    expect(parseListeners(text)).toEqual([
      { address: '127.0.0.1', port: 8080, inode: '41234' },
      { address: '0.0.0.0', port: 2024, inode: '632' },
    ])
  })

  it('reads IPv6 addresses, mapped ones as IPv4', () => {
    const row = (address: string): string =>
      `${head}\n   0: ${address}:0050 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 77 1 0000000000000000 100 0 0 10 0\n`
    expect(parseListeners(row('00000000000000000000000000000000'))[0]?.address).toBe('0:0:0:0:0:0:0:0')
    expect(parseListeners(row('00000000000000000000000001000000'))[0]?.address).toBe('0:0:0:0:0:0:0:1')
    expect(parseListeners(row('0000000000000000FFFF00000100007F'))[0]?.address).toBe('127.0.0.1')
    expect(parseListeners(row('B80D0120000000000000000001000000'))[0]?.address).toBe('2001:db8:0:0:0:0:0:1')
  })

  it('answers nothing for text that is not such a table', () => {
    expect(parseListeners('')).toEqual([])
    expect(parseListeners('a b c 0A\n0: zz:zz 0 0A 1 2 3 4 5 6')).toEqual([])
  })
})

describe('reachableFromLoopback', () => {
  it('takes loopback and any-addresses only', () => {
    for (const address of ['127.0.0.1', '127.0.0.53', '0.0.0.0', '0:0:0:0:0:0:0:0', '0:0:0:0:0:0:0:1']) {
      expect(reachableFromLoopback(address)).toBe(true)
    }
    for (const address of ['10.0.0.7', '2001:db8:0:0:0:0:0:1'])
      expect(reachableFromLoopback(address)).toBe(false)
  })
})

describe('parseStat', () => {
  it('is not misled by the name of the process', () => {
    const text = '4242 (evil) R 1 (x) S 17 4242 4242 0 -1 4194560 900 0 0 0 150 25 0 0 20 0 11 0 1234 0 0\n'
    expect(parseStat(text)).toEqual({ state: 'S', parentPid: 17, cpuTicks: 175, majorFaults: 0 })
  })

  it('answers null for anything else', () => {
    expect(parseStat('')).toBeNull()
    expect(parseStat('1 (a) S')).toBeNull()
  })
})

describe('schedstat, statm, auxv, cmdline', () => {
  it('reads nanoseconds on CPU and in the run queue', () => {
    expect(parseSchedStat('66830123 48482 17\n')).toEqual({ cpuNs: 66_830_123, runQueueWaitNs: 48_482 })
    expect(parseSchedStat('66830123\n')).toBeNull()
  })

  it('reads resident pages', () => {
    expect(parseResidentPages('765 437 408 5 0 123 0\n')).toBe(437)
    expect(parseResidentPages('')).toBeNull()
  })

  it('finds the page size among other tags', () => {
    const auxv = Buffer.alloc(48)
    auxv.writeBigUInt64LE(33n, 0)
    auxv.writeBigUInt64LE(6n, 16)
    auxv.writeBigUInt64LE(16_384n, 24)
    expect(parsePageSize(auxv)).toBe(16_384)
    expect(parsePageSize(Buffer.alloc(16))).toBeNull()
  })

  it('joins arguments', () => {
    expect(parseCommandLine('node\0server.js\0--port\x008080\0')).toBe('node server.js --port 8080')
    expect(parseCommandLine('my title\0\0\0\0')).toBe('my title')
  })
})

/** Of Linux 6.18, shortened. */
const status = `Name:\tnode
Threads:\t11
Cpus_allowed:\t10f
Cpus_allowed_list:\t0-3,8
Mems_allowed_list:\t0
voluntary_ctxt_switches:\t1204
nonvoluntary_ctxt_switches:\t37
`

describe('status and io', () => {
  it('reads context switches and the cores that are allowed', () => {
    expect(parseSwitches(status)).toEqual({ voluntary: 1_204, involuntary: 37 })
    expect(parseAllowedCores(status)).toBe(5)
    expect(parseSwitches('Name:\tnode\n')).toBeNull()
    expect(parseAllowedCores('Name:\tnode\n')).toBeNull()
  })

  it('counts the cores of a list, and of nothing else', () => {
    for (const [list, cores] of [
      ['0', 1],
      ['0-1', 2],
      ['2,4-6,63', 5],
      ['3-1', null],
      ['', null],
      ['0-', null],
    ] as const) {
      expect(countCores(list), list).toBe(cores)
    }
  })

  it('reads what came from storage, not from a cache', () => {
    const io =
      'rchar: 6976\nwchar: 12\nsyscr: 10\nsyscw: 0\nread_bytes: 4096\nwrite_bytes: 8192\ncancelled_write_bytes: 0\n'
    expect(parseStorage(io)).toEqual({ readBytes: 4_096, writtenBytes: 8_192 })
    expect(parseStorage('rchar: 1\nwchar: 2\n')).toBeNull()
  })

  it('throws for no text', () => {
    fc.assert(
      fc.property(fc.string(), fc.nat({ max: status.length }), (noise, at) => {
        const text = status.slice(0, at) + noise + status.slice(at)
        for (const parse of [parseSwitches, parseAllowedCores, parseStorage, parseStat, parseSchedStat])
          expect(() => parse(text)).not.toThrow()
      }),
    )
  })
})

describe('isNodeExecutable', () => {
  it('knows node by the name of its file', () => {
    for (const path of [
      '/usr/bin/node',
      '/opt/n/nodejs',
      '/x/node20',
      '/x/node-v22.1.0',
      '/usr/bin/node (deleted)',
    ]) {
      expect(isNodeExecutable(path), path).toBe(true)
    }
    for (const path of ['/usr/bin/nodemon', '/usr/bin/bun', '/usr/bin/python3.11', '/node/bin/deno']) {
      expect(isNodeExecutable(path), path).toBe(false)
    }
  })
})
