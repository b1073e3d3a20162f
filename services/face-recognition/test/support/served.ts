import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { call, connect } from '@livepods/grpc'
import { ImageRoots, ImageUnreadable } from '@livepods/images'
import { facerecog, faces, type IdentifyRequest } from '@livepods/protos'
import { createLog } from '@livepods/service'
import { WorkerLost } from '../../src/engine/worker-thread.ts'
import { Gallery } from '../../src/gallery.ts'
import { Identifier } from '../../src/identifier.ts'
import type { Described, DescribeOptions } from '../../src/recogniser.ts'
import { buildServer } from '../../src/server.ts'
import { QueueFull } from '../../src/worker-pool.ts'
import { descriptorAt } from './descriptors.ts'

/** The bytes of a JPEG, as far as anyone looks before it is decoded, that tell the fake recogniser what to see. */
export const picture = (text: string) => Buffer.concat([Buffer.from([0xff, 0xd8, 0xff]), Buffer.from(text)])

/** Distances of the faces to descriptorAt(0), or a fault: "0.3 0.5", "", "broken", "full", "lost", "bug". */
async function describe(bytes: Uint8Array, { signal }: DescribeOptions = {}): Promise<Described> {
  signal?.throwIfAborted()
  const text = Buffer.from(bytes).subarray(3).toString()
  if (text === 'broken') throw new ImageUnreadable('The picture is broken or cut off.')
  if (text === 'full') throw new QueueFull('4 pictures are waiting already: come back in a few seconds.')
  if (text === 'lost') throw new WorkerLost('The worker that looked at the picture ended.')
  if (text === 'bug') throw new Error('secret detail')
  const distances = text === '' ? [] : text.split(' ').map(Number)
  const box = { x: 0.1, y: 0.2, width: 0.3, height: 0.4 }
  return {
    width: 40,
    height: 30,
    faces: distances.map((distance) => ({ box, score: 0.9, descriptor: descriptorAt(distance) })),
  }
}

/** Both doors on a real server, with a fake recogniser: known are `people/anna_1.jpg` at 0 and `bob_1.jpg` at 1. */
export async function serve({ loaded = true } = {}) {
  const stack = new AsyncDisposableStack()
  const folder = stack.adopt(mkdtempSync(join(tmpdir(), 'identify-')), (folder) => rmSync(folder, { recursive: true }))
  const gallery = new Gallery('fake', [
    { name: 'people/anna_1.jpg', content: 'a', descriptor: descriptorAt(0) },
    { name: 'bob_1.jpg', content: 'b', descriptor: descriptorAt(1) },
  ])
  const identifier = new Identifier({
    recogniser: { engine: 'fake', describe },
    matcher: {
      match: async (descriptors, threshold) => ({
        gallery: gallery.hash,
        faces: descriptors.map((descriptor) => gallery.match(descriptor, threshold)),
      }),
    },
  })
  const roots = new ImageRoots({ unknownPeople: folder, knownPeople: folder })
  const dependencies = { identifier, roots, maxBytes: 1000, threshold: 0.6 }
  const server = stack.use(
    buildServer({
      log: createLog('test', 'silent'),
      maxBytes: 1000,
      closeWithinMs: 1000,
      dependencies: () => (loaded ? dependencies : undefined),
    }),
  )
  const address = `127.0.0.1:${await server.listen({ host: '127.0.0.1', port: 0 })}`
  server.serving = loaded
  const client = stack.adopt(connect(faces.FaceRecognitionService, address), (client) => client.close())
  const original = stack.adopt(connect(facerecog.Identify, address), (client) => client.close())
  const health = stack.adopt(connect(facerecog.HealthCheck, address), (client) => client.close())
  return {
    address,
    folder,
    gallery,
    original,
    health,
    put: (name: string, text: string) => writeFileSync(join(folder, name), picture(text)),
    identify: (request: IdentifyRequest) => call(client, client.identify, request, { deadlineMs: 5000 }),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}
