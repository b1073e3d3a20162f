import { readFileSync } from 'node:fs'
import { refuseToServe, servePeer } from '../peer-port.ts'
import type { Box } from './sample-faces.ts'

/** The area as a fraction of the picture, or in pixels: only the order counts. */
export interface SeenFace {
  area: number
  /** As fractions of the picture. */
  box: Box
  descriptor: ArrayLike<number>
}

/** The faces of one photo, and what finding them took in milliseconds, decoding apart; CPU time is that of all threads of the process. */
export interface Recognition {
  faces: SeenFace[]
  decodeMs: number
  restMs: number
  decodeCpuMs: number
  restCpuMs: number
}

/** An engine in its own process. */
export interface Subject {
  /** Versions and settings, for the report. */
  readonly about: Record<string, string>
  /** Alone: nothing else runs in the process meanwhile. */
  recognise(bytes: Buffer): Promise<Recognition>
  /** Several at once are welcome. */
  describe(bytes: Buffer): Promise<unknown>
  close(): Promise<void>
}

/** What an engine can be asked; `peer.py` answers the same. */
export type SubjectOperations = ReturnType<typeof operationsOf>

/** Serves an engine as a peer; one that cannot be opened does not take part. */
export async function serveSubject(open: () => Promise<Subject>): Promise<void> {
  const subject = await open().catch((error: Error) => refuseToServe(error.message.split('\n')[0] ?? ''))
  if (!subject) return
  await servePeer(operationsOf(subject), subject.about)
  await subject.close()
}

function operationsOf(subject: Subject) {
  return {
    /** One photo again and again for at least that long: the means, and the number of faces. */
    time: async ({ path, forMs }: { path: string; forMs: number }) => {
      const bytes = readFileSync(path)
      const recognitions: Recognition[] = []
      for (const until = performance.now() + forMs; recognitions.length === 0 || performance.now() < until; )
        recognitions.push(await subject.recognise(bytes))
      const mean = (name: Exclude<keyof Recognition, 'faces'>) =>
        recognitions.reduce((sum, recognition) => sum + recognition[name], 0) / recognitions.length
      return {
        faces: recognitions[0]?.faces.length ?? 0,
        decodeMs: mean('decodeMs'),
        restMs: mean('restMs'),
        decodeCpuMs: mean('decodeCpuMs'),
        restCpuMs: mean('restCpuMs'),
      }
    },

    /** Photos in turn for at least that long, so many at once. */
    throughput: async ({ paths, forMs, inFlight }: { paths: readonly string[]; forMs: number; inFlight: number }) => {
      const photos = paths.map((path) => readFileSync(path))
      const startedAt = performance.now()
      let images = 0
      const lane = async () => {
        while (performance.now() - startedAt < forMs) await subject.describe(photos[images++ % photos.length] as Buffer)
      }
      await Promise.all(Array.from({ length: inFlight }, lane))
      return { images, wallMs: performance.now() - startedAt }
    },

    /** The descriptors and boxes of the faces on a photo, largest face first, and the CPU milliseconds without decoding. */
    faces: async ({ path }: { path: string }) => {
      const { faces, restCpuMs } = await subject.recognise(readFileSync(path))
      const largestFirst = faces.toSorted((one, other) => other.area - one.area)
      return {
        descriptors: largestFirst.map(({ descriptor }) => Array.from(descriptor)),
        boxes: largestFirst.map(({ box }) => box),
        restCpuMs,
      }
    },
  }
}

/** CPU milliseconds of this process, all threads, since `before`. */
export function cpuMsSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}
