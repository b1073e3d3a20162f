import type { Declaration } from '@livepods/service'
import { Env } from './config.ts'

export const declaration: Declaration = {
  kind: 'service',
  name: 'sender',
  group: 'messages',
  summary: 'sends a message every few seconds: none is lost, and none comes twice',
  env: Env,
  listeners: [],
  opsPort: 9098,
  calls: { RELAY_URL: 'relay' },
  keeps: { SPOOL_DIR: 'sender' },
  nameVariable: 'SENDER_NAME',
  token: 'submit',
  replicas: 3,
  imageMegabytes: 60,
  onByDefault: true,
}
