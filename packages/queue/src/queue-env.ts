import { address, file, secret } from '@livepods/service/env'
import { Type } from 'typebox'

/** Where messages are published; spread it into the schema of a service that does. */
export const ProducerEnv = {
  PRODUCER_ADDRESS: address('host:port', 'nsqd, TCP; its HTTP port is one above'),
  PRODUCER_HTTP_ADDRESS: Type.Optional(address('host:port', 'nsqd, HTTP, when it is not one above the TCP port')),
}

/** Where consumers find nsqd; spread it into the schema of a service that consumes. */
export const ConsumerEnv = {
  NSQ_LOOKUP_ADDRESS: address('host:port list', 'nsqlookupd, HTTP; several separated by commas'),
  NSQ_TLS: Type.Union(
    ['off', 'require', 'verify'].map((mode) => Type.Literal(mode)),
    { default: 'off', description: 'of the TCP connection to nsqd: require encrypts, verify checks its certificate' },
  ),
  NSQ_TLS_CA_FILE: file('authorities (PEM) of nsqd, in place of the well-known ones'),
  NSQ_TLS_CERT_FILE: file('certificate (PEM) for an nsqd that asks for one'),
  NSQ_TLS_KEY_FILE: file('its key (PEM)'),
  NSQ_AUTH_SECRET: Type.Optional(secret('for an nsqd that asks for AUTH')),
}

/** The HTTP port of nsqd as http://host:port: as given, else one port above its TCP port. */
export function producerHttpAddress(tcp: string, http?: string): string {
  if (http) return `http://${http}`
  const colon = tcp.lastIndexOf(':')
  return `http://${tcp.slice(0, colon)}:${Number(tcp.slice(colon + 1)) + 1}`
}

/** The addresses of NSQ_LOOKUP_ADDRESS, each host:port. */
export function lookupAddresses(value: string): string[] {
  return value.split(',')
}
