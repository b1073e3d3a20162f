import { type Call, GrpcServer, RpcError, status, unary } from '@livepods/grpc'
import { facerecog, facerecogDefinition, faces, facesDefinition, type IdentifyRequest__Output } from '@livepods/protos'
import type { Log } from '@livepods/service'
import { type IdentifyDependencies, identify } from './identify.ts'
import { originalIdentify } from './original-identify.ts'

export interface ServerOptions {
  log: Log
  maxBytes: number
  /** What the doors need, or undefined while it is being loaded. */
  dependencies: () => IdentifyDependencies | undefined
  closeWithinMs: number
}

/** Room in a request for what is not the picture. */
const ENVELOPE_BYTES = 64 * 1024

/** The gRPC server with both wire formats, not listening yet, NOT_SERVING until it is told that it serves. */
export function buildServer({ log, maxBytes, dependencies, closeWithinMs }: ServerOptions): GrpcServer {
  const loaded = () => {
    const found = dependencies()
    if (!found) throw new RpcError(status.UNAVAILABLE, 'The known people are being loaded; try again soon.')
    return found
  }
  const isReady = () => dependencies() !== undefined
  return new GrpcServer({
    services: [
      {
        definition: faces.FaceRecognitionService.service,
        handlers: {
          Identify: unary(log, async (call: Call<IdentifyRequest__Output>) => await identify(call, loaded())),
        },
      },
      {
        definition: facerecog.Identify.service,
        handlers: {
          Identify: unary(log, async (call: Call<{ imagePath: string }>) => await originalIdentify(call, loaded())),
        },
      },
      {
        definition: facerecog.HealthCheck.service,
        handlers: { HealthCheck: unary(log, async () => ({ ready: isReady() })) },
      },
    ],
    reflection: { ...facesDefinition, ...facerecogDefinition },
    maxRequestBytes: maxBytes + ENVELOPE_BYTES,
    closeWithinMs,
  })
}
