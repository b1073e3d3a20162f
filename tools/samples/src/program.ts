import type { Declaration } from '@livepods/service'
import { Env } from './config.ts'

export const declaration: Declaration = {
  kind: 'job',
  name: 'samples',
  summary: 'sends people and photos to look at',
  env: Env,
  runs: 'on demand',
  calls: { FRONTEND_URL: 'frontend' },
  token: 'manage',
  imageMegabytes: 60,
}
