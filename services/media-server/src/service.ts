import type { Declaration } from '@livepods/service'
import { Env } from './config.ts'

export const declaration: Declaration = {
  kind: 'service',
  name: 'media-server',
  group: 'live',
  summary: 'takes live video by RTMP; viewers get HLS, DASH, RTMP, or FLV over HTTP',
  env: Env,
  listeners: [
    {
      name: 'media-server',
      variable: 'PORT',
      protocol: 'http',
      reachedBy: 'everybody',
      shown: { title: 'live', note: 'what is on air, and its player', link: 'Live' },
    },
    {
      name: 'media-server-rtmp',
      variable: 'RTMP_PORT',
      protocol: 'rtmp',
      reachedBy: 'everybody',
      shown: { title: 'send video', path: '/live', note: 'RTMP, any stream key' },
    },
    {
      name: 'media-server-peers',
      variable: 'PEER_PORT',
      protocol: 'http',
      reachedBy: 'callers',
    },
  ],
  opsPort: 9095,
  calls: {
    MEDIA_PEERS: 'media-server-peers',
    HOOK_ON_PUBLISH: 'outside',
    HOOK_ON_UNPUBLISH: 'outside',
    HOOK_ON_PLAY: 'outside',
    HOOK_ON_STOP: 'outside',
    HOOK_ON_HLS: 'outside',
  },
  replicas: 2,
  imageMegabytes: 60,
  onByDefault: true,
}
