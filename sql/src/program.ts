import type { Declaration } from '@livepods/service'
import { Env } from './config.ts'

export const declaration: Declaration = {
  kind: 'job',
  name: 'migrate',
  summary: 'brings the database up to date',
  env: Env,
  runs: 'first',
  calls: { MYSQL_CONNECTION: 'database' },
  image: 'migrator',
  imageMegabytes: 60,
}
