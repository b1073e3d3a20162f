import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { CallError, call, connect, status } from '@livepods/grpc'
import { faces as protocol } from '@livepods/protos'
import { spawnService } from '@livepods/testing'
import { FaceClusters, sameWithin } from '../src/face-clusters.ts'
import { photos, withoutPhotos } from './support/photos.ts'

const FACE_RECOGNITION = new URL('../../face-recognition/src/main.ts', import.meta.url)
const ORDERS = 20

interface Face {
  photo: string
  /** Who it is, where the photo's name says so. */
  person: string | undefined
  descriptor: Buffer
  engine: string
}

const MODELS = process.env.FACE_MODELS
const engines: [engine: string, skip: string | false][] = [
  ['onnx', false],
  ['opencv', MODELS ? false : 'FACE_MODELS names no folder with the nets of opencv'],
]
for (const [engine, skip] of engines)
  test(
    `real photos in 20 random orders with ${engine}: no cluster has two people`,
    { skip: withoutPhotos || skip },
    () => testClusters(engine),
  )

async function testClusters(engine: string): Promise<void> {
  const faces = await describeAll(engine)
  const people = new Set(faces.flatMap(({ person }) => person ?? []))
  assert.ok(faces.length >= 50 && people.size >= 15, `${faces.length} faces of ${people.size} people`)
  for (let seed = 1; seed <= ORDERS; seed++) {
    const clusters = clustersOf(shuffled(faces, seed))
    assert.deepEqual(clusters.flatMap(wrongJoins), [], `in order ${seed}`)
    // Founding a cluster for each face would join nobody wrongly, too.
    assert.ok(clusters.length < 0.75 * faces.length, `${clusters.length} clusters of ${faces.length} faces`)
  }
}

function clustersOf(faces: Face[]): Face[][] {
  const known = new FaceClusters(sameWithin((faces[0] as Face).engine))
  const clusters = new Map<string, Face[]>()
  for (const face of faces) {
    const name = known.clusterOf(face.descriptor) ?? `${clusters.size}`
    known.add(name, face.descriptor)
    clusters.set(name, [...(clusters.get(name) ?? []), face])
  }
  return [...clusters.values()]
}

/** Two names in a cluster, or two faces of one photo: nobody is twice on a photo. */
function wrongJoins(cluster: Face[]): string[] {
  const names = [...new Set(cluster.flatMap(({ person }) => person ?? []))]
  const twice = cluster.map(({ photo }) => photo).filter((photo, index, all) => all.indexOf(photo) !== index)
  return [...(names.length > 1 ? [names.join(' with ')] : []), ...twice]
}

async function describeAll(engine: string): Promise<Face[]> {
  const folder = mkdtempSync(join(tmpdir(), 'nobody-known-'))
  await using stack = new AsyncDisposableStack()
  stack.defer(() => rmSync(folder, { recursive: true }))
  const environment = {
    FACE_ENGINE: engine,
    ...(MODELS && { FACE_MODELS: MODELS }),
    PORT: '0',
    KNOWN_PEOPLE: folder,
    UNKNOWN_PEOPLE: folder,
    FACE_WORKERS: '2',
  }
  const service = stack.use(await spawnService(FACE_RECOGNITION, environment))
  await service.ready()
  const [, port] = await service.said(/"grpcPort":(\d+)/)
  const client = stack.adopt(connect(protocol.FaceRecognitionService, `127.0.0.1:${port}`), (client) => client.close())
  const files = ['azure', 'portraits'].flatMap((set) => readdirSync(join(photos, set)).map((name) => join(set, name)))
  const found = new Map<string, Face[]>()
  const left = files.values()
  const lane = async () => {
    for (const photo of left) {
      const request = { content: readFileSync(join(photos, photo)), withDescriptors: true }
      const { faces, engine } = await whenFree(() => call(client, client.identify, request, { deadlineMs: 120_000 }))
      const person = faces.length === 1 || /detection[1-5]/.test(photo) ? personOn(photo) : undefined
      found.set(
        photo,
        faces.map(({ descriptor }) => ({ photo, person, descriptor, engine })),
      )
    }
  }
  await Promise.all([lane(), lane(), lane()])
  return files.flatMap((photo) => found.get(photo) ?? [])
}

/** Asks again as long as the answer is ABORTED: the service has had no time for the picture yet. */
async function whenFree<T>(ask: () => Promise<T>): Promise<T> {
  for (;;)
    try {
      return await ask()
    } catch (error) {
      if (!(error instanceof CallError && error.code === status.ABORTED)) throw error
    }
}

/** azure/Family1-Dad2.jpg → Family1-Dad; portraits/obama-240p.jpg → obama; on detection1 to 5 are only clusters to all others. */
function personOn(photo: string): string | undefined {
  const [, family, other] = /(Family\d-[A-Z][a-z]+)\d|(obama|biden|detection[1-5])/.exec(photo) ?? []
  return family ?? other
}

/** Fisher and Yates, with the generator of Park and Miller. */
function shuffled<T>(items: T[], seed: number): T[] {
  const all = [...items]
  let state = seed * 7919
  for (let i = all.length - 1; i > 0; i--) {
    state = (state * 48_271) % 2_147_483_647
    const j = state % (i + 1)
    ;[all[i], all[j]] = [all[j] as T, all[i] as T]
  }
  return all
}
