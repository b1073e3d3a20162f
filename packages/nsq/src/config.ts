import { address, port, ServiceEnv } from '@livepods/service/env'
import { Type } from 'typebox'

const Seconds = (value: number, description: string) =>
  Type.Number({ exclusiveMinimum: 0, maximum: 900, default: value, description })

export const Env = Type.Object({
  ...ServiceEnv,
  NSQD_PORT: port(4150, 'nsqd, TCP'),
  NSQD_HTTP_PORT: port(4151, 'nsqd, HTTP'),
  NSQLOOKUPD_TCP_PORT: port(4160, 'nsqlookupd, TCP'),
  NSQLOOKUPD_HTTP_PORT: port(4161, 'nsqlookupd, HTTP'),
  NSQ_BROADCAST_ADDRESS: Type.Optional(
    address(
      'host',
      'where consumers reach this broker; without it HOST, or the host name when HOST means all interfaces',
    ),
  ),
  NSQ_BROADCAST_TCP_PORT: port(0, 'port under which consumers reach nsqd; 0: NSQD_PORT'),
  NSQ_BROADCAST_HTTP_PORT: port(0, 'port under which consumers reach its HTTP port; 0: NSQD_HTTP_PORT'),
  NSQ_MEMORY_MB: Type.Number({
    exclusiveMinimum: 0,
    maximum: 65_536,
    default: 256,
    description: 'MiB of messages to keep; beyond it publishing is refused',
  }),
  NSQ_MESSAGE_TIMEOUT_SECONDS: Seconds(60, 'time for a consumer to answer before a message is delivered again'),
})
