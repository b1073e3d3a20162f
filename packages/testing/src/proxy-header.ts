import { isIPv4 } from 'node:net'

interface Header {
  source: string
  destination?: string
  sourcePort?: number
  destinationPort?: number
  /** Version and command; PROXY of version 2 unless given. */
  command?: number
  extensions?: Buffer
}

/** A header of the PROXY protocol, version 2. */
export function proxyHeader2({ source, destination = source, command = 0x21, extensions, ...ports }: Header): Buffer {
  const { sourcePort = 1111, destinationPort = 80 } = ports
  const rest = Buffer.concat([
    bytesOf(source),
    bytesOf(destination),
    Buffer.from([sourcePort >> 8, sourcePort & 255, destinationPort >> 8, destinationPort & 255]),
    extensions ?? Buffer.alloc(0),
  ])
  const family = isIPv4(source) ? 0x11 : 0x21
  return Buffer.concat([
    Buffer.from('0d0a0d0a000d0a515549540a', 'hex'),
    Buffer.from([command, family, rest.length >> 8, rest.length & 255]),
    rest,
  ])
}

function bytesOf(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(address.split('.').map(Number))
  const [left = '', right = ''] = address.split('::').map((part) => part)
  const [head, tail] = [left, right].map((part) => part.split(':').filter(Boolean)) as [string[], string[]]
  const groups = [...head, ...Array<string>(8 - head.length - tail.length).fill('0'), ...tail]
  return Buffer.from(groups.map((group) => group.padStart(4, '0')).join(''), 'hex')
}
