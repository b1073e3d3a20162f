import type { Declaration } from '@livepods/service'
import { Env } from './config.ts'

export const declaration: Declaration = {
  kind: 'service',
  name: 'hello',
  group: 'compute',
  summary: 'greets whoever asks',
  env: Env,
  listeners: [{ name: 'hello', variable: 'HELLO_PORT', protocol: 'http', reachedBy: 'everybody' }],
  opsPort: 9199,
  calls: {},
  replicas: 2,
  imageMegabytes: 40,
  onByDefault: true,
}
