import type { Declaration } from '@livepods/service'
import { Env } from './config.ts'

export const declaration: Declaration = {
  kind: 'service',
  name: 'relay',
  group: 'messages',
  summary: 'stores messages until a sink has taken them',
  env: Env,
  listeners: [
    {
      name: 'relay',
      variable: 'PORT',
      protocol: 'http',
      reachedBy: 'everybody',
      shown: { title: 'relay', path: '/relay.php', note: 'takes messages: curl -d' },
    },
  ],
  opsPort: 9100,
  calls: { SINK_URL: 'sink' },
  token: 'submit',
  keeps: { SPOOL_DIR: 'relay' },
  nameVariable: 'RELAY_NAME',
  replicas: 2,
  imageMegabytes: 60,
  onByDefault: true,
}
