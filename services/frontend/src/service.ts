import type { Declaration } from '@livepods/service'
import { FrontendEnv } from './config.ts'

export const declaration: Declaration = {
  kind: 'service',
  name: 'frontend',
  group: 'faces',
  summary: 'the page people open: photos, boxes, names, the health of the pipeline',
  env: FrontendEnv,
  listeners: [
    {
      name: 'frontend',
      variable: 'FRONTEND_PORT',
      protocol: 'http',
      reachedBy: 'everybody',
      shown: { title: 'page', note: 'photos and who is on them' },
    },
  ],
  opsPort: 9091,
  calls: {
    MYSQL_CONNECTION: 'database',
    GRPC_ADDRESS: 'face-recognition',
    RECEIVER_URL: 'receiver',
    STATUS_URLS: 'statuses',
    CHAIN_URLS: 'nobody', // the former name of STATUS_URLS: set by operators only
    S3_ENDPOINT: 'pictures',
    NAVIGATION: 'pages',
    FAILURES_URL: 'nobody',
  },
  forwards: ['receiver'],
  token: 'manage',
  replicas: 2,
  imageMegabytes: 90, // the S3 client and libvips
  onByDefault: true,
}
