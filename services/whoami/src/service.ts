import type { Declaration } from '@livepods/service'
import { Env } from './config.ts'

export const declaration: Declaration = {
  kind: 'service',
  name: 'whoami',
  group: 'probe',
  summary: 'shows what a request looked like, and which node and pod answered; fails on request',
  env: Env,
  listeners: [
    {
      name: 'whoami',
      variable: 'WHOAMI_PORT_NUMBER',
      protocol: 'http',
      reachedBy: 'everybody',
      shown: { title: 'who am I', path: '/ui', note: 'what a request looked like', link: 'Whoami' },
    },
  ],
  opsPort: 9097,
  calls: {},
  replicas: 'every node',
  imageMegabytes: 45,
  onByDefault: true,
}
