import type { Access } from '@livepods/access'
import { type Call, GrpcServer, RpcError, status, unary } from '@livepods/grpc'
import { facerecog, facerecogDefinition, faces, facesDefinition } from '@livepods/protos'
import type { Log } from '@livepods/service'
import type { QueueFullError } from './engine/worker-pool.ts'
import { type CompareDependencies, compare } from './rpc/compare.ts'
import { facerecogIdentify } from './rpc/facerecog-identify.ts'
import { refusalOf } from './rpc/faults.ts'
import { type IdentifyDependencies, identify } from './rpc/identify.ts'
import {
  addKnownImage,
  confirmKnownImagesGone,
  deleteKnownPerson,
  type KnownImagesDependencies,
  listKnownImages,
  moveKnownImage,
  purgeKnownPerson,
  removeKnownImage,
  undeleteKnownPerson,
} from './rpc/known-images.ts'
import { type MatchDescriptorsDependencies, matchDescriptors } from './rpc/match-descriptors.ts'
import { setDisplayNames } from './rpc/set-display-names.ts'
import { type StatsDependencies, stats } from './rpc/stats.ts'

export type Dependencies = IdentifyDependencies &
  CompareDependencies &
  MatchDescriptorsDependencies &
  KnownImagesDependencies

export interface ServerOptions {
  log: Log
  /** Who may come in; absent: everybody. */
  access?: Access
  maxBytes: number
  /** What the handlers need, or undefined while it is being loaded. */
  dependencies: () => Dependencies | undefined
  stats: StatsDependencies
  /** Set while the queue takes no more pictures. */
  full: () => QueueFullError | undefined
  closeWithinMs: number
}

/**
 * RPCs whose requests bring a picture: they are refused before they are received while the queue is full, even where the answer is cached.
 */
const { Identify, Compare } = faces.FaceRecognitionService.service
const BRINGS_PICTURES: ReadonlySet<string> = new Set([Identify.path, Compare.path])

/** In grpc.health.v1: SERVING while the store of submitted photos is available. The other services do not depend on it. */
export const PICTURES = 'pictures'

/** Bytes of a request besides the picture. */
const ENVELOPE_BYTES = 64 * 1024
/** 4096 embeddings, however small the largest picture may be. */
const LEAST_BYTES = 4096 * 512

/** The gRPC server with both wire formats, not listening yet, NOT_SERVING until it is told that it serves. */
export function buildServer({ log, access, maxBytes, dependencies, ...options }: ServerOptions): GrpcServer {
  const { stats: counted, full, closeWithinMs } = options
  const loaded = <Request, Response>(handler: (call: Call<Request>, dependencies: Dependencies) => Promise<Response>) =>
    unary(log, async (call: Call<Request>) => {
      const found = dependencies()
      if (!found) throw new RpcError(status.UNAVAILABLE, 'The known people are being loaded; try again soon.')
      return await handler(call, found)
    })
  return new GrpcServer({
    services: [
      {
        definition: faces.FaceRecognitionService.service,
        handlers: {
          Identify: loaded(identify),
          Compare: loaded(compare),
          MatchDescriptors: loaded(matchDescriptors),
          ListKnownImages: loaded(listKnownImages),
          AddKnownImage: loaded(addKnownImage),
          RemoveKnownImage: loaded(removeKnownImage),
          MoveKnownImage: loaded(moveKnownImage),
          DeleteKnownPerson: loaded(deleteKnownPerson),
          UndeleteKnownPerson: loaded(undeleteKnownPerson),
          PurgeKnownPerson: loaded(purgeKnownPerson),
          GetStats: unary(log, async () => stats(counted)),
          ConfirmKnownImagesGone: loaded(confirmKnownImagesGone),
          SetDisplayNames: unary(log, async (call) => setDisplayNames(call, counted.names)),
        },
        roles: {
          Identify: 'submit',
          Compare: 'submit',
          MatchDescriptors: 'submit',
          ListKnownImages: 'read',
          AddKnownImage: 'manage',
          RemoveKnownImage: 'manage',
          MoveKnownImage: 'manage',
          DeleteKnownPerson: 'manage',
          UndeleteKnownPerson: 'manage',
          PurgeKnownPerson: 'manage',
          GetStats: 'read',
          ConfirmKnownImagesGone: 'manage',
          SetDisplayNames: 'manage',
        },
      },
      {
        definition: facerecog.Identify.service,
        handlers: { Identify: loaded(facerecogIdentify) },
        roles: { Identify: 'submit' },
      },
      {
        definition: facerecog.HealthCheck.service,
        handlers: { HealthCheck: unary(log, async () => ({ ready: dependencies() !== undefined })) },
        roles: { HealthCheck: 'read' },
      },
    ],
    parts: [PICTURES],
    log,
    access,
    refusal: (path) => (BRINGS_PICTURES.has(path) ? refusalOf(full()) : undefined),
    reflection: { ...facesDefinition, ...facerecogDefinition },
    maxRequestBytes: Math.max(maxBytes, LEAST_BYTES) + ENVELOPE_BYTES,
    closeWithinMs,
  })
}
