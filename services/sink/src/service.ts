import type { Declaration } from '@livepods/service'
import { Env } from './config.ts'

export const declaration: Declaration = {
  kind: 'service',
  name: 'sink',
  group: 'messages',
  summary: 'takes messages: each once, in order, into the database and a text log',
  env: Env,
  listeners: [
    {
      name: 'sink',
      variable: 'PORT',
      protocol: 'http',
      reachedBy: 'everybody',
      shown: { title: 'messages', note: 'what came from whom, and by which way', link: 'Messages' },
    },
  ],
  opsPort: 9099,
  calls: { MYSQL_CONNECTION: 'database' },
  keeps: { LOG_FOLDER: 'sink' },
  nameVariable: 'SINK_NAME',
  replicas: 3,
  imageMegabytes: 60,
  onByDefault: true,
}
