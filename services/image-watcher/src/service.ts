import type { Declaration } from '@livepods/service'
import { Env } from './config.ts'

export const declaration: Declaration = {
  kind: 'service',
  name: 'image-watcher',
  group: 'delivery',
  summary: 'keeps workloads on the newest digest of their tag, and undoes what does not come up',
  env: Env,
  listeners: [
    {
      name: 'image-watcher',
      variable: 'PORT',
      protocol: 'http',
      reachedBy: 'everybody',
      shown: { title: 'delivery', note: 'what is rolled out, waits or was undone' },
    },
  ],
  opsPort: 9101,
  calls: { KUBERNETES_URL: 'outside', NOTIFY_URL: 'outside', PEERS: 'image-watcher' },
  replicas: 2,
  imageMegabytes: 45,
  onByDefault: false,
}
