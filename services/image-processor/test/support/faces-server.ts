import type { Access } from '@livepods/access'
import { GrpcServer, RpcError, status, unary } from '@livepods/grpc'
import {
  facerecog,
  faces,
  type GetStatsResponse,
  type IdentifyRequest__Output,
  type IdentifyResponse,
  type MatchDescriptorsRequest__Output,
  type MatchDescriptorsResponse,
} from '@livepods/protos'
import type { LineGallery } from './gallery.ts'
import { log } from './images.ts'
import { DESCRIPTOR, GALLERY } from './recognitions.ts'

/** A face service that answers what `identify` returns; with `port` it can come back where it was. */
export async function facesServer(
  identify: (request: IdentifyRequest__Output, requestId: string | undefined) => Promise<IdentifyResponse>,
  { port = 0, access, parts = [] }: { port?: number; access?: Access; parts?: string[] } = {},
) {
  const handlers = {
    Identify: unary<IdentifyRequest__Output, IdentifyResponse>(log, (call) => identify(call.request, call.requestId)),
  }
  const services = [
    { definition: faces.FaceRecognitionService.service, handlers, roles: { Identify: 'submit' } as const },
  ]
  return await listening(new GrpcServer({ services, parts, log, access, closeWithinMs: 100 }), port)
}

/** A face service of kube-cluster-sample: it knows `facerecog` only. */
export async function facerecogServer(names: Record<string, string>) {
  const Identify = unary<{ imagePath: string }, { imageName: string }>(log, async ({ request }) => ({
    imageName: names[request.imagePath] ?? 'not_found',
  }))
  const HealthCheck = unary<object, { ready: boolean }>(log, async () => ({ ready: true }))
  const services = [
    { definition: facerecog.Identify.service, handlers: { Identify }, roles: { Identify: 'submit' } as const },
    { definition: facerecog.HealthCheck.service, handlers: { HealthCheck }, roles: { HealthCheck: 'read' } as const },
  ]
  return await listening(new GrpcServer({ services, log, closeWithinMs: 100 }), 0)
}

async function listening(server: GrpcServer, wanted: number) {
  const port = await server.listen({ host: '127.0.0.1', port: wanted })
  server.serving = true
  return { server, port, address: `127.0.0.1:${port}`, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() }
}

/** One face, and it is this person. */
export function answerOf(person: string): IdentifyResponse {
  return {
    outcome: 'OUTCOME_IDENTIFIED',
    gallery: GALLERY,
    engine: 'test',
    faces: [
      {
        box: { x: 0.1, y: 0.1, width: 0.2, height: 0.2 },
        score: 0.9,
        identified: true,
        nearest: { person, imageName: `${person}.jpg`, distance: 0.3 },
        descriptor: DESCRIPTOR,
      },
    ],
  }
}

/**
 * A face service that compares embeddings with `gallery` and answers Identify with its strangers; with `port` it can come back where it
 * was.
 */
export async function galleryServer(
  gallery: LineGallery,
  { port = 0, access }: { port?: number; access?: Access } = {},
) {
  const stats = async () => {
    gallery.asks++
    const store = gallery.store && { store: { state: gallery.store } }
    return { ready: true, engine: gallery.engine, gallery: { hash: gallery.hash }, ...store }
  }
  const handlers = {
    GetStats: unary<object, GetStatsResponse>(log, stats),
    MatchDescriptors: unary<MatchDescriptorsRequest__Output, MatchDescriptorsResponse>(log, async ({ request }) => {
      const { descriptors, engine } = request
      if (engine !== gallery.engine) throw new RpcError(status.FAILED_PRECONDITION, 'another engine')
      const each = Array.from({ length: descriptors.length / 512 }, (_, i) =>
        descriptors.subarray(512 * i, 512 * (i + 1)),
      )
      const { hash, faces: matches } = await gallery.match(each)
      return { matches, gallery: hash, engine } as MatchDescriptorsResponse
    }),
  }
  const roles = { GetStats: 'read', MatchDescriptors: 'submit' } as const
  const services = [{ definition: faces.FaceRecognitionService.service, handlers, roles }]
  return await listening(new GrpcServer({ services, log, access, closeWithinMs: 100 }), port)
}
