// In place of face-recognition's worker-pool.ts: what is on a picture follows from its bytes, how it is said from STUB_… and a control
// port.
import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { compareInJavaScript, KnownFaces } from '@livepods/face-recognition/known-faces'
import type { WorkerPool } from '@livepods/face-recognition/recogniser'
import { RpcError, status } from '@livepods/grpc'
import { ImageUnreadableError, uploadPath } from '@livepods/images'
import { stubAnswer } from '@livepods/testing'
import { commentOf } from './picture.ts'

type Pool = Pick<
  WorkerPool,
  'engine' | 'started' | 'available' | 'full' | 'onAvailable' | 'share' | 'report' | 'describe' | 'match'
> &
  AsyncDisposable
type Described = Awaited<ReturnType<WorkerPool['describe']>>

const AXES = 128
/** The axes of people come first; each stranger has one of the others. */
const STRANGERS = 64
const BOX = { x: 0.1, y: 0.1, width: 0.2, height: 0.2 }

export async function createRecogniser(): Promise<Pool> {
  const behaviour = { latencyMs: Number(process.env.STUB_LATENCY_MS ?? 0), failures: 0 }
  let gallery: Parameters<WorkerPool['share']>[0] | undefined
  let calls = 0
  const control = controlOf(behaviour)

  /** A photo fails and takes its time; a known person is described at once. */
  const misbehave = async (signal: AbortSignal | undefined) => {
    calls++
    if (behaviour.latencyMs > 0) await sleep(behaviour.latencyMs, undefined, signal ? { signal } : {})
    // Evenly spread, and the same in every run: of 10 calls with 0.3, the 4th, 7th and 10th.
    if (Math.floor(calls * behaviour.failures) > Math.floor((calls - 1) * behaviour.failures))
      throw new RpcError(status.UNAVAILABLE, 'The stub fails as it is told to.')
  }
  return {
    engine: 'stub',
    started: Promise.resolve(),
    available: true,
    full: undefined,
    onAvailable: () => {},
    share: (next) => {
      gallery = next
    },
    report: () => ({ engine: 'stub', workers: 1, alive: 1, busy: 0, waiting: 0, queue: 1 }),
    describe: async (bytes, { signal } = {}) => {
      const [, known] = /^known (.+)$/.exec(commentOf(bytes) ?? '') ?? []
      if (known !== undefined) return seen(axisOf(known))
      await misbehave(signal)
      return photo(bytes)
    },
    match: async (descriptors, threshold) => {
      if (!gallery) return { gallery: '', faces: descriptors.map(() => ({ identified: false })) }
      return gallery.matched(await new KnownFaces(gallery.shared, compareInJavaScript).find(descriptors, threshold))
    },
    [Symbol.asyncDispose]: async () => control.end(),
  }
}

/** What `stubAnswer` says of the path that these bytes have as an upload. */
function photo(bytes: Uint8Array): Described {
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  const { outcome, faces = [] } = stubAnswer(uploadPath(sha256, 'jpeg'))
  if (outcome === 'OUTCOME_UNREADABLE') throw new ImageUnreadableError('The stub cannot read this picture.')
  if (faces.length === 0) return seen()
  const person = faces[0]?.nearest?.person ?? ''
  return seen(
    outcome === 'OUTCOME_IDENTIFIED'
      ? axisOf(person)
      : STRANGERS + (Number.parseInt(sha256.slice(0, 4), 16) % STRANGERS),
  )
}

/** person-7 → 7 */
const axisOf = (person: string) => Number(person.slice(person.lastIndexOf('-') + 1))

/** One face, or none. Faces of the same axis are the same person, all others too far apart. */
function seen(axis?: number): Described {
  if (axis === undefined) return { width: 64, height: 64, faces: [] }
  const descriptor = new Float32Array(AXES)
  descriptor[axis] = 1
  return { width: 64, height: 64, faces: [{ box: BOX, score: 0.9, quality: 1, descriptor }] }
}

/** HTTP: PUT / with {latencyMs, failures} changes how it behaves from then on. */
function controlOf(behaviour: object): { end: () => void } {
  const port = Number(process.env.STUB_CONTROL_PORT ?? 0)
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (text: string) => (body += text))
    request.once('end', () => {
      Object.assign(behaviour, JSON.parse(body))
      response.end()
    })
  })
  // While this process takes over from another one, that one has the port still.
  const again = setInterval(() => server.listening || server.listen(port, '127.0.0.1'), 100)
  server.on('error', () => {})
  server.listen(port, '127.0.0.1')
  return {
    end: () => {
      clearInterval(again)
      server.close()
      server.closeAllConnections()
    },
  }
}
