import { lookup } from 'node:dns'
import { BlockList, isIP, type LookupFunction } from 'node:net'

const internal = new BlockList()
for (const network of [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '224.0.0.0/3',
]) {
  const [address = '', bits] = network.split('/')
  internal.addSubnet(address, Number(bits), 'ipv4')
}
for (const [address, bits] of [
  ['::', 127],
  ['64:ff9b::', 96],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
] as const)
  internal.addSubnet(address, bits, 'ipv6')

/** An answer of a registry leads to an address that is not on the internet: of this machine, its network or its cloud. */
export class InternalAddressError extends Error {
  override readonly name = 'InternalAddressError'
  readonly code = 'INTERNAL_ADDRESS'

  constructor(host: string) {
    super(`${host} is an internal address; REGISTRY_HOSTS_FILE may allow it.`)
  }
}

/** @param address an IP address, without brackets. */
export function isInternal(address: string): boolean {
  const family = isIP(address)
  return family !== 0 && internal.check(address, family === 4 ? 'ipv4' : 'ipv6')
}

/**
 * Looks up a name for a connection, and refuses internal addresses. It is asked for every connection, so that a name cannot point to another
 * address than the one that was checked.
 */
export const lookupPublic: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    if (error) return callback(error, '', 0)
    if (addresses.some(({ address }) => isInternal(address))) return callback(new InternalAddressError(hostname), '', 0)
    const [first] = addresses
    if (options.all) return callback(null, addresses)
    return callback(null, first?.address ?? '', first?.family)
  })
}
