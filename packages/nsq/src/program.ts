import type { Declaration } from '@livepods/service'
import { Env } from './config.ts'

export const declaration: Declaration = {
  kind: 'broker',
  name: 'nsq',
  summary: 'nsqd and nsqlookupd in one process, for laptops, tests, and places without a registry',
  env: Env,
  listeners: [
    { name: 'nsqd', variable: 'NSQD_PORT', protocol: 'tcp', reachedBy: 'callers' },
    {
      name: 'nsqd-http',
      variable: 'NSQD_HTTP_PORT',
      protocol: 'http',
      reachedBy: 'callers',
      shown: { title: 'queue', path: '/stats', note: 'NSQ' },
    },
    { name: 'nsqlookupd-tcp', variable: 'NSQLOOKUPD_TCP_PORT', protocol: 'tcp', reachedBy: 'callers' },
    { name: 'nsqlookupd', variable: 'NSQLOOKUPD_HTTP_PORT', protocol: 'http', reachedBy: 'callers' },
  ],
  opsPort: 9094,
  calls: { NSQ_BROADCAST_ADDRESS: 'nobody' },
  imageMegabytes: 60,
}
