import type { Declaration } from '@livepods/service'
import { Env } from './config.ts'

export const declaration: Declaration = {
  kind: 'service',
  name: 'image-processor',
  group: 'faces',
  summary: 'takes each photo through recognition exactly once; circuit breaker, retry job',
  env: Env,
  listeners: [],
  opsPort: 9093,
  calls: {
    MYSQL_CONNECTION: 'database',
    NSQ_LOOKUP_ADDRESS: 'queue',
    PRODUCER_ADDRESS: 'queue',
    PRODUCER_HTTP_ADDRESS: 'queue',
    GRPC_ADDRESS: 'face-recognition',
  },
  token: 'submit',
  replicas: 2,
  imageMegabytes: 60,
  onByDefault: true,
}
