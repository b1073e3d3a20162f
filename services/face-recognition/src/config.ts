import { availableParallelism } from 'node:os'
import { AccessEnv } from '@livepods/access/env'
import { ImagesEnv } from '@livepods/images/env'
import { port, ServiceEnv } from '@livepods/service/env'
import { type Static, Type } from 'typebox'

export const Env = Type.Object({
  ...ServiceEnv,
  ...AccessEnv,
  PORT: port(50051, 'port of gRPC'),
  ...ImagesEnv,
  FACE_ENGINE: Type.Union([Type.Literal('onnx'), Type.Literal('opencv'), Type.Literal('face-api')], {
    default: 'onnx',
    description:
      'who finds and describes faces; opencv needs the nets that the command "models" fetches; face-api, the slow reference, the optional packages',
  }),
  FACE_MODELS: Type.Optional(
    Type.String({
      minLength: 1,
      description: 'folder with the nets of FACE_ENGINE=opencv; without it that of the command "models"',
    }),
  ),
  FACE_WORKERS: Type.Integer({
    minimum: 1,
    maximum: 64,
    default: Math.min(availableParallelism(), 4),
    description: 'threads that look at pictures; about 120 MB each, of opencv 150, of face-api 500',
  }),
  MAX_FACES: Type.Integer({
    minimum: 1,
    maximum: 512,
    default: 64,
    description: 'most faces of one picture, the largest; an answer says how many more there are',
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
  GALLERY_DIR: Type.Optional(
    Type.String({
      minLength: 1,
      description: 'folder that keeps the descriptors of known people; without it every start describes them anew',
    }),
  ),
  FACE_RESULTS_MEGABYTES: Type.Number({
    minimum: 0,
    maximum: 100_000,
    default: 16,
    description: 'memory for descriptions of the pictures that were looked at last; 1 MB are about 800',
  }),
})

export type Config = Static<typeof Env>
