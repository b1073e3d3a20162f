import type { Declaration } from '@livepods/service'
import { Env } from './config.ts'

export const declaration: Declaration = {
  kind: 'service',
  name: 'face-recognition',
  group: 'faces',
  summary: 'gRPC: who is on a picture',
  env: Env,
  listeners: [
    {
      name: 'face-recognition',
      variable: 'PORT',
      protocol: 'grpc',
      reachedBy: 'callers',
      shown: { title: 'face recognition', note: 'gRPC, with reflection' },
    },
  ],
  opsPort: 9092,
  calls: { S3_ENDPOINT: 'pictures' },
  keeps: { GALLERY_DIR: 'gallery' },
  replicas: 2,
  imageMegabytes: 150, // ONNX Runtime, libvips, the nets
  onByDefault: true,
}
