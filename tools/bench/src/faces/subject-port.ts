import { readFileSync } from 'node:fs'
import { refuseToServe, servePeer } from '../peer-port.ts'
import type { Look, Subject } from './subject.ts'

/** One photo again and again for at least that long. The answer is the mean Look, with the number of faces. */
export interface TimeRequest {
  op: 'time'
  path: string
  forMs: number
}

/** Photos in turn for at least that long, so many at once. */
export interface ThroughputRequest {
  op: 'throughput'
  paths: string[]
  forMs: number
  inFlight: number
}

/** The largest face of a photo. */
export interface LargestFaceRequest {
  op: 'faces'
  path: string
}

export type SubjectRequest = TimeRequest | ThroughputRequest | LargestFaceRequest

export interface Timed extends Omit<Look, 'faces'> {
  faces: number
}
export interface Throughput {
  images: number
  wallMs: number
}
export interface Faces {
  /** Descriptors, largest face first. */
  descriptors: number[][]
}

/** Serves an engine as a peer; one that cannot be opened does not take part. */
export async function serveSubject(open: () => Promise<Subject>): Promise<void> {
  const subject = await open().catch((error: Error) => refuseToServe(error.message.split('\n')[0] ?? ''))
  if (!subject) return
  await servePeer((request: SubjectRequest) => answer(subject, request), subject.about)
  await subject.close()
}

async function answer(subject: Subject, request: SubjectRequest): Promise<Timed | Throughput | Faces> {
  switch (request.op) {
    case 'time':
      return await time(subject, request)
    case 'throughput':
      return await throughput(subject, request)
    case 'faces': {
      const { faces } = await subject.look(readFileSync(request.path))
      return {
        descriptors: faces
          .toSorted((one, other) => other.area - one.area)
          .map(({ descriptor }) => Array.from(descriptor)),
      }
    }
  }
}

async function time(subject: Subject, { path, forMs }: TimeRequest): Promise<Timed> {
  const bytes = readFileSync(path)
  const looks: Look[] = []
  for (const until = performance.now() + forMs; looks.length === 0 || performance.now() < until; )
    looks.push(await subject.look(bytes))
  const mean = (name: Exclude<keyof Timed, 'faces'>) => looks.reduce((sum, look) => sum + look[name], 0) / looks.length
  return {
    faces: looks[0]?.faces.length ?? 0,
    decodeMs: mean('decodeMs'),
    restMs: mean('restMs'),
    decodeCpuMs: mean('decodeCpuMs'),
    restCpuMs: mean('restCpuMs'),
  }
}

async function throughput(subject: Subject, { paths, forMs, inFlight }: ThroughputRequest): Promise<Throughput> {
  const photos = paths.map((path) => readFileSync(path))
  const startedAt = performance.now()
  let images = 0
  const lane = async () => {
    while (performance.now() - startedAt < forMs) await subject.describe(photos[images++ % photos.length] as Buffer)
  }
  await Promise.all(Array.from({ length: inFlight }, lane))
  return { images, wallMs: performance.now() - startedAt }
}
