import type { Declaration } from '@livepods/service'
import { Env } from './config.ts'

export const declaration: Declaration = {
  kind: 'service',
  name: 'receiver',
  group: 'faces',
  summary: 'takes photos in over HTTP; accepted means committed',
  env: Env,
  listeners: [
    {
      name: 'receiver',
      variable: 'PORT',
      protocol: 'http',
      reachedBy: 'everybody',
      shown: { title: 'submit a photo', path: '/docs', note: 'API of the receiver' },
    },
  ],
  opsPort: 9090,
  calls: {
    MYSQL_CONNECTION: 'database',
    PRODUCER_ADDRESS: 'queue',
    PRODUCER_HTTP_ADDRESS: 'queue',
    S3_ENDPOINT: 'pictures',
  },
  replicas: 2,
  imageMegabytes: 90, // the S3 client
  onByDefault: true,
}
