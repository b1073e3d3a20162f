import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Access } from '@livepods/access'
import { call, connect } from '@livepods/grpc'
import { FolderStore, ImageRoots, ImageUnreadableError, StoreAwayError, StoreUnavailableError } from '@livepods/images'
import { facerecog, faces, type IdentifyRequest } from '@livepods/protos'
import { createLog } from '@livepods/service'
import { DescribedCache } from '../../src/engine/described-cache.ts'
import { Identifier } from '../../src/engine/identifier.ts'
import type { Described, DescribeOptions } from '../../src/engine/recogniser.ts'
import { QueueFullError } from '../../src/engine/worker-pool.ts'
import { WorkerLostError } from '../../src/engine/worker-thread.ts'
import { DisplayNames } from '../../src/known/display-names.ts'
import { KnownChanges } from '../../src/known/known-changes.ts'
import { KnownFolder } from '../../src/known/known-folder.ts'
import { KnownPeople } from '../../src/known/known-people.ts'
import { buildServer } from '../../src/server.ts'
import { descriptorAt } from './descriptors.ts'
import { plainMatcher } from './plain-match.ts'

/** The bytes of a JPEG, as far as anyone looks before it is decoded, that tell the fake recogniser what to see. */
export const picture = (text: string) => Buffer.concat([Buffer.from([0xff, 0xd8, 0xff]), Buffer.from(text)])

/** Distances of the faces to descriptorAt(0), or a fault: "0.3 0.5", "", "broken", "cut", "full", "lost", "bug". */
async function describe(bytes: Uint8Array, { signal }: DescribeOptions = {}): Promise<Described> {
  signal?.throwIfAborted()
  const text = Buffer.from(bytes).subarray(3).toString()
  if (text === 'broken') throw new ImageUnreadableError('The picture is broken or cut off.')
  if (text === 'cut') throw new ImageUnreadableError('The picture is cut off.', { cut: true })
  if (text === 'full') throw new QueueFullError('4 pictures are waiting already: come back in a few seconds.')
  if (text === 'lost') throw new WorkerLostError('The worker that looked at the picture ended.')
  if (text === 'bug') throw new Error('secret detail')
  const distances = text === '' ? [] : text.split(' ').map(Number)
  const box = { x: 0.1, y: 0.2, width: 0.3, height: 0.4 }
  return {
    width: 40,
    height: 30,
    faces: distances.map((distance) => ({ box, score: 0.9, quality: 1, descriptor: descriptorAt(distance) })),
  }
}

/** All RPCs on a real server, with a fake recogniser and real folders: known are `people/anna_1.jpg` at 0 and `bob_1.jpg` at 1. */
export async function serve({
  loaded = true,
  access,
  ...times
}: {
  loaded?: boolean
  access?: Access
  youngMs?: number
} = {}) {
  const stack = new AsyncDisposableStack()
  const base = stack.adopt(mkdtempSync(join(tmpdir(), 'served-')), (folder) => rmSync(folder, { recursive: true }))
  const [folder, knownFolder] = [join(base, 'unknown'), join(base, 'known')]
  const put = (name: string, text: string) => writeFileSync(join(folder, name), picture(text))
  const putKnown = (name: string, text: string) => {
    mkdirSync(dirname(join(knownFolder, name)), { recursive: true })
    writeFileSync(join(knownFolder, name), picture(text))
  }
  mkdirSync(folder)
  putKnown('people/anna_1.jpg', '0')
  putKnown('bob_1.jpg', '1')
  const log = createLog('test', 'silent')
  const roots = new ImageRoots({ unknownPeople: folder, knownPeople: knownFolder })
  const store = new KnownFolder(knownFolder)
  const looks: string[] = []
  let full: QueueFullError | undefined
  const inner = {
    engine: 'fake',
    describe: async (bytes: Uint8Array, options?: DescribeOptions) => {
      looks.push(Buffer.from(bytes).subarray(3).toString())
      return await describe(bytes, options)
    },
  }
  const recogniser = new DescribedCache({ recogniser: inner, maxBytes: 1_000_000 })
  const known = new KnownPeople({ store, recogniser, maxBytes: 1000, concurrency: 2, log })
  await known.load(new AbortController().signal)
  const changes = new KnownChanges({ store, recogniser, maxBytes: 1000, known })
  const matcher = plainMatcher(known)
  const identifier = new Identifier({ recogniser, matcher })
  const engine = 'fake'
  const folders = new FolderStore(roots)
  const photos = {
    read: async (path: string, options: { maxBytes: number }) => {
      if (path === 'away.jpg') throw new StoreAwayError('store-away', 'The S3 service does not answer.')
      if (path === 'one.jpg') throw new StoreUnavailableError('The S3 service failed with 503.')
      return await folders.read(path, options)
    },
  }
  const options = { photos, maxBytes: 1000, threshold: 0.6, engine, ...times }
  const names = new DisplayNames()
  const dependencies = { identifier, recogniser, matcher, names, known, changes, ...options }
  const workers = { workers: 2, alive: 2, busy: 0, waiting: 0, queue: 4 }
  const server = stack.use(
    buildServer({
      log,
      ...(access && { access }),
      maxBytes: 1000,
      closeWithinMs: 1000,
      full: () => full,
      dependencies: () => (loaded ? dependencies : undefined),
      stats: { engine, isReady: () => loaded, workers: () => workers, known, names, results: recogniser },
    }),
  )
  const address = `127.0.0.1:${await server.listen({ host: '127.0.0.1', port: 0 })}`
  server.serving = loaded
  const client = stack.adopt(connect(faces.FaceRecognitionService, address), (client) => client.close())
  const facerecogClient = stack.adopt(connect(facerecog.Identify, address), (client) => client.close())
  const health = stack.adopt(connect(facerecog.HealthCheck, address), (client) => client.close())
  return {
    address,
    roles: server.roles,
    folder,
    knownFolder,
    known,
    /** What the recogniser was asked to look at. */
    looks,
    /** From now on no picture is taken. */
    fill: () => {
      full = new QueueFullError('4 pictures are waiting already: come back in a few seconds.')
    },
    client,
    facerecogClient,
    health,
    put,
    putKnown,
    identify: (request: IdentifyRequest) => call(client, client.identify, request, { deadlineMs: 30_000 }),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}
