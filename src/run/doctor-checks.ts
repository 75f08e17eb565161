import { readFileSync } from 'node:fs'
import { formatNumber } from '../kernel/units.js'

/** One look at the machine: what was found, and how to mend it where it would spoil a test. */
export interface Check {
  readonly name: string
  readonly level: 'ok' | 'warn' | 'stop'
  readonly found: string
  readonly fix: string | null
}

/** What the checks need to know; null where the system does not tell. */
export interface MachineFacts {
  readonly nodeVersion: string
  readonly cores: number
  readonly descriptorsSoft: number | null
  readonly descriptorsHard: number | null
  readonly portRange: readonly [low: number, high: number] | null
  readonly listenQueue: number | null
  readonly throttledPeriods: number | null
}

const oldestNode = [20, 11] as const
/** Descriptors that a worker needs beside its connections. */
const spareDescriptors = 64

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}

const limitOf = (text: string): number => (text === 'unlimited' ? Number.POSITIVE_INFINITY : Number(text))

/** Reads the facts from /proc and /sys; on systems without them most are null. */
export function readMachineFacts(nodeVersion: string, cores: number): MachineFacts {
  const descriptors = /^Max open files\s+(\S+)\s+(\S+)/m.exec(read('/proc/self/limits') ?? '')
  const ports = /^(\d+)\s+(\d+)/.exec(read('/proc/sys/net/ipv4/ip_local_port_range') ?? '')
  const queue = read('/proc/sys/net/core/somaxconn')
  const cpuStat = read('/sys/fs/cgroup/cpu.stat') ?? read('/sys/fs/cgroup/cpu/cpu.stat') ?? ''
  const throttled = /^nr_throttled\s+(\d+)/m.exec(cpuStat)
  return {
    nodeVersion,
    cores,
    descriptorsSoft: descriptors ? limitOf(descriptors[1]!) : null,
    descriptorsHard: descriptors ? limitOf(descriptors[2]!) : null,
    portRange: ports ? [Number(ports[1]), Number(ports[2])] : null,
    listenQueue: queue === null ? null : Number(queue),
    throttledPeriods: throttled ? Number(throttled[1]) : null,
  }
}

/** Judges the machine for a test that holds `connections`. */
export function checkMachine(facts: MachineFacts, connections: number): Check[] {
  return [
    checkNode(facts),
    checkCores(facts),
    checkDescriptors(facts, connections),
    checkPorts(facts, connections),
    checkListenQueue(facts),
    checkThrottling(facts),
  ]
}

function checkNode({ nodeVersion }: MachineFacts): Check {
  const [major = 0, minor = 0] = nodeVersion.replace(/^v/, '').split('.').map(Number)
  const good = major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1])
  return {
    name: 'Node.js',
    level: good ? 'ok' : 'stop',
    found: nodeVersion,
    fix: good ? null : `Install Node ${oldestNode.join('.')} or newer.`,
  }
}

function checkCores({ cores }: MachineFacts): Check {
  return {
    name: 'cores',
    level: cores >= 2 ? 'ok' : 'warn',
    found: String(cores),
    fix:
      cores >= 2
        ? null
        : 'With one core the generator and a target on this machine take time from each other: run the target elsewhere, or give this machine a second core.',
  }
}

function checkDescriptors({ descriptorsSoft, descriptorsHard }: MachineFacts, connections: number): Check {
  const name = 'descriptors'
  if (descriptorsSoft === null) return unknown(name, 'See `ulimit -n`.')
  const needed = connections + spareDescriptors
  const found = `${shown(descriptorsSoft)} a process; ${shown(connections)} connections need ${shown(needed)}`
  if (descriptorsSoft >= needed) return { name, level: 'ok', found, fix: null }
  const raise =
    descriptorsHard !== null && descriptorsHard >= needed
      ? `Run \`ulimit -n ${needed}\` in this shell first.`
      : `Raise the hard limit (${shown(descriptorsHard ?? 0)}): "* hard nofile ${needed}" in /etc/security/limits.conf, or LimitNOFILE= of the service.`
  const workers = Math.ceil(connections / Math.max(1, descriptorsSoft - spareDescriptors))
  return { name, level: 'stop', found, fix: `${raise} Or split them over processes: --workers ${workers}.` }
}

function checkPorts({ portRange }: MachineFacts, connections: number): Check {
  const name = 'local ports'
  if (portRange === null) return unknown(name, 'See the range of ephemeral ports of your system.')
  const [low, high] = portRange
  const ports = high - low + 1
  const found = `${low}–${high}: ${shown(ports)} connections to one address and port`
  if (ports >= connections) return { name, level: 'ok', found, fix: null }
  const most = 64_511
  return {
    name,
    level: 'stop',
    found,
    fix:
      connections <= most
        ? 'Run `sysctl -w net.ipv4.ip_local_port_range="1024 65535"`.'
        : `One address has at most ${shown(most)} ports: let the target listen on several ports or addresses.`,
  }
}

function checkListenQueue({ listenQueue }: MachineFacts): Check {
  const name = 'listen queue'
  if (listenQueue === null) return unknown(name, 'See the limit of listen() of your system.')
  const good = listenQueue >= 1_024
  return {
    name,
    level: good ? 'ok' : 'warn',
    found: `${shown(listenQueue)} (net.core.somaxconn)`,
    fix: good
      ? null
      : 'Bursts of connects overflow it and are retried after a second: `sysctl -w net.core.somaxconn=4096`, or a lower --connect-rate.',
  }
}

function checkThrottling({ throttledPeriods }: MachineFacts): Check {
  const name = 'CPU quota'
  if (throttledPeriods === null) return { name, level: 'ok', found: 'no cgroup limit seen', fix: null }
  return {
    name,
    level: throttledPeriods > 0 ? 'warn' : 'ok',
    found: `throttled ${shown(throttledPeriods)} times since this group started`,
    fix:
      throttledPeriods > 0
        ? 'A quota stops the generator for milliseconds at a time: run the test without one (cpu.max, --cpus).'
        : null,
  }
}

const unknown = (name: string, fix: string): Check => ({
  name,
  level: 'warn',
  found: 'this system does not tell',
  fix,
})

const shown = (value: number): string => (Number.isFinite(value) ? formatNumber(value) : 'unlimited')
