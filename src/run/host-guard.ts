import { lookup } from 'node:dns/promises'
import { BlockList, isIP } from 'node:net'
import { PlimsollError } from '../kernel/errors.js'

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')

/** RFC 1918, RFC 4193, and link-local of RFC 3927 and RFC 4291. */
const privateNetworks = new BlockList()
privateNetworks.addSubnet('10.0.0.0', 8, 'ipv4')
privateNetworks.addSubnet('172.16.0.0', 12, 'ipv4')
privateNetworks.addSubnet('192.168.0.0', 16, 'ipv4')
privateNetworks.addSubnet('169.254.0.0', 16, 'ipv4')
privateNetworks.addSubnet('fc00::', 7, 'ipv6')
privateNetworks.addSubnet('fe80::', 10, 'ipv6')

const family = (address: string): 'ipv4' | 'ipv6' => (isIP(address) === 6 ? 'ipv6' : 'ipv4')
const isLoopback = (address: string): boolean => loopback.check(address, family(address))
const isPrivate = (address: string): boolean => privateNetworks.check(address, family(address))

export interface TargetHost {
  readonly loopback: boolean
}

/** Addresses of a host name; a literal address is its own. */
export type Resolve = (host: string) => Promise<string[]>

const resolveByDns: Resolve = async (host) =>
  (await lookup(host, { all: true })).map(({ address }) => address)

/**
 * Load goes to loopback and private addresses freely; any other host must be named. A name counts by all addresses
 * that it resolves to.
 * @throws PlimsollError HOST_NOT_ALLOWED, TARGET_UNREACHABLE for a name that does not resolve
 */
export async function guardHost(
  url: URL,
  allowed: readonly string[],
  resolve: Resolve = resolveByDns,
): Promise<TargetHost> {
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const addresses = isIP(host)
    ? [host]
    : await resolve(host).catch((cause: unknown) => {
        throw new PlimsollError('TARGET_UNREACHABLE', `The host '${host}' cannot be resolved.`, { cause })
      })
  const outside = addresses.find((address) => !isLoopback(address) && !isPrivate(address))
  if (outside !== undefined && !allowed.includes(host)) {
    const shown = outside === host ? host : `${host} (${outside})`
    throw new PlimsollError('HOST_NOT_ALLOWED', `${shown} is neither a loopback nor a private address.`, {
      hint: `If this host is yours to load, add --allow-host ${host}.`,
    })
  }
  return { loopback: addresses.every(isLoopback) }
}
