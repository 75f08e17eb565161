import { describe, expect, it } from 'vitest'
import {
  type Check,
  checkMachine,
  type MachineFacts,
  readMachineFacts,
} from '../../../src/run/doctor-checks.js'

const good: MachineFacts = {
  nodeVersion: 'v22.3.0',
  cores: 8,
  descriptorsSoft: 1_048_576,
  descriptorsHard: 1_048_576,
  portRange: [1_024, 65_535],
  listenQueue: 4_096,
  throttledPeriods: null,
}

function look(changes: Partial<MachineFacts>, name: string, connections = 10_000): Check {
  return checkMachine({ ...good, ...changes }, connections).find((check) => check.name === name)!
}

describe('checkMachine', () => {
  it('finds nothing on a good machine', () => {
    for (const check of checkMachine(good, 10_000)) expect(check).toMatchObject({ level: 'ok', fix: null })
  })

  it.each([
    ['v20.10.0', 'stop'],
    ['v20.11.0', 'ok'],
    ['v18.20.0', 'stop'],
    ['v24.0.0', 'ok'],
  ])('Node %s: %s', (nodeVersion, level) => {
    expect(look({ nodeVersion }, 'Node.js').level).toBe(level)
  })

  it('warns of a single core', () => {
    expect(look({ cores: 1 }, 'cores')).toMatchObject({
      level: 'warn',
      fix: expect.stringContaining('second core'),
    })
  })

  it('counts descriptors, and tells the way that is open', () => {
    expect(look({ descriptorsSoft: 10_064 }, 'descriptors').level).toBe('ok')
    const soft = look({ descriptorsSoft: 1_024, descriptorsHard: 20_000 }, 'descriptors')
    expect(soft).toMatchObject({ level: 'stop', fix: expect.stringMatching(/ulimit -n 10064.*--workers 11/) })
    const hard = look({ descriptorsSoft: 1_024, descriptorsHard: 4_096 }, 'descriptors')
    expect(hard.fix).toContain('hard nofile 10064')
    expect(look({ descriptorsSoft: Number.POSITIVE_INFINITY }, 'descriptors')).toMatchObject({
      level: 'ok',
      found: expect.stringContaining('unlimited'),
    })
  })

  it('counts local ports', () => {
    expect(look({ portRange: [32_768, 60_999] }, 'local ports', 28_232).level).toBe('ok')
    expect(look({ portRange: [32_768, 60_999] }, 'local ports', 28_233)).toMatchObject({
      level: 'stop',
      fix: expect.stringContaining('ip_local_port_range'),
    })
    expect(look({}, 'local ports', 70_000).fix).toContain('several ports or addresses')
  })

  it('warns of a short listen queue and of a CPU quota that bites', () => {
    expect(look({ listenQueue: 128 }, 'listen queue')).toMatchObject({ level: 'warn' })
    expect(look({ throttledPeriods: 0 }, 'CPU quota').level).toBe('ok')
    expect(look({ throttledPeriods: 7 }, 'CPU quota')).toMatchObject({ level: 'warn' })
  })

  it('says what a system does not tell', () => {
    const silent = { descriptorsSoft: null, portRange: null, listenQueue: null }
    for (const name of ['descriptors', 'local ports', 'listen queue'])
      expect(look(silent, name)).toMatchObject({ level: 'warn', found: 'this system does not tell' })
  })
})

describe('readMachineFacts', () => {
  it('reads this machine', () => {
    const facts = readMachineFacts('v1.0.0', 3)
    expect(facts).toMatchObject({ nodeVersion: 'v1.0.0', cores: 3 })
    expect(facts.descriptorsSoft).toBeGreaterThan(0)
    expect(facts.descriptorsHard).toBeGreaterThanOrEqual(facts.descriptorsSoft!)
    expect(facts.portRange![1]).toBeGreaterThan(facts.portRange![0])
  })
})
