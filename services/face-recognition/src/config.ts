import { availableParallelism } from 'node:os'
import { ImagesEnv } from '@livepods/images'
import { port, ServiceEnv } from '@livepods/service'
import { type Static, Type } from 'typebox'

export const Env = Type.Object({
  ...ServiceEnv,
  PORT: port(50051, 'port of gRPC'),
  ...ImagesEnv,
  FACE_ENGINE: Type.Union([Type.Literal('face-api')], {
    default: 'face-api',
    description: 'who finds and describes faces; face-api needs the optional packages',
  }),
  // Each worker of this engine takes some 500 MB.
  FACE_WORKERS: Type.Integer({
    minimum: 1,
    maximum: 64,
    default: Math.min(availableParallelism(), 2),
    description: 'threads that look at pictures; about 500 MB each',
  }),
  FACE_THRESHOLD: Type.Number({
    exclusiveMinimum: 0,
    maximum: 1,
    default: 0.6,
    description: 'largest distance at which a face is that person; 0.55 is wiser above 100 known images',
  }),
  FACE_QUEUE: Type.Integer({
    minimum: 1,
    maximum: 10_000,
    default: 64,
    description: 'most pictures that wait for a worker',
  }),
})

export type Config = Static<typeof Env>
