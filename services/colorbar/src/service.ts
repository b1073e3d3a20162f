import type { Declaration } from '@livepods/service'
import { Env } from './config.ts'

export const declaration: Declaration = {
  kind: 'service',
  name: 'colorbar',
  group: 'live',
  summary: 'sends colour bars with a clock and a tick each second by RTMP',
  env: Env,
  listeners: [],
  opsPort: 9096,
  programs: ['ffmpeg'],
  calls: { RTMP_URL: 'media-server-rtmp' },
  token: 'submit',
  replicas: 1,
  imageMegabytes: 750,
  onByDefault: true,
}
