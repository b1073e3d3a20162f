import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { call } from '@livepods/grpc'
import type { Progress } from '../progress.ts'
import { Series } from '../series.ts'
import { summarise } from '../statistics.ts'
import { MadeFaces, makeGallery } from './made-gallery.ts'
import { SERVICE, WatchedService } from './watched-service.ts'

export interface GalleryOptions {
  /** Numbers of known images: the rows. */
  sizes: readonly number[]
  rounds: number
  /** A photo with one face. */
  photo: string
  progress: Progress
}

const SEED = 7
/** Beyond all people of a gallery. */
const STRANGER = 900_000
const MATCHES = 100
const WITHIN = { deadlineMs: 60_000 }

/**
 * What known people cost the real service: seconds of a start from what was saved, megabytes on top of the same service without known
 * people (before and after the changes), milliseconds in which 8 faces of a photo, and one, are matched, and the longest pause of the event
 * loop while an image is added, moved and removed.
 */
export async function measureGalleries({ sizes, rounds, photo, progress }: GalleryOptions): Promise<Series> {
  const series = new Series(sizes.map(rowOf), [SERVICE])
  const faces = new MadeFaces(SEED)
  for (const images of sizes) {
    const folder = mkdtempSync(join(tmpdir(), 'livepods-bench-gallery-'))
    try {
      const paths = { known: join(folder, 'known'), saved: join(folder, 'saved'), compiled: join(folder, 'compiled') }
      progress.say(`gallery: making ${images} known images`)
      mkdirSync(paths.known)
      await makeGallery(paths, { images, engine: await engineId(paths), faces })
      for (let round = 0; round < rounds; round++) {
        progress.say(`gallery: ${images} known images, round ${round + 1} of ${rounds}`)
        series.add(rowOf(images), SERVICE, await measure(paths, { images, faces, photo }))
      }
    } finally {
      rmSync(folder, { recursive: true })
    }
  }
  return series
}

export function rowOf(images: number): string {
  return `${images} known images`
}

interface Paths {
  known: string
  saved: string
  compiled: string
}

/** Of a first start, which leaves its compiled code for the others. */
async function engineId(paths: Paths): Promise<string> {
  await using service = await WatchedService.start(environmentOfNobody(paths))
  return (await call(service.client, service.client.getStats, {}, WITHIN)).engine
}

function environmentOf({ known, saved, compiled }: Paths): Record<string, string> {
  return {
    KNOWN_PEOPLE: known,
    UNKNOWN_PEOPLE: known,
    GALLERY_DIR: saved,
    NODE_COMPILE_CACHE: compiled,
    FACE_WORKERS: '2',
  }
}

function environmentOfNobody({ known, saved, compiled }: Paths): Record<string, string> {
  return environmentOf({ known: `${known} of nobody`, saved: `${saved} of nobody`, compiled })
}

async function measure(
  paths: Paths,
  { images, faces, photo }: { images: number; faces: MadeFaces; photo: string },
): Promise<Record<string, number>> {
  const picture = readFileSync(photo)
  let emptyMegabytes: number
  {
    await using empty = await WatchedService.start(environmentOfNobody(paths))
    await warm(empty, picture)
    emptyMegabytes = empty.residentMegabytes
  }
  await using service = await WatchedService.start(environmentOf(paths))
  const { startSeconds } = service
  await warm(service, picture)
  // Four faces of known people and four of nobody.
  const eight = Array.from({ length: 8 }, (_, i) => faces.descriptor(i % 2 ? i * 100 : STRANGER + i, 99))
  const match8Ms = await matchMs(service, eight)
  const match1Ms = await matchMs(service, eight.slice(0, 1))
  const addedMegabytes = service.residentMegabytes - emptyMegabytes
  await service.lag()
  const { client } = service
  const { image } = await call(client, client.addKnownImage, { content: picture, person: 'new', name: 'x' }, WITHIN)
  const addPauseMs = (await service.lag()).longestMs
  const name = image?.imageName ?? ''
  const moved = await call(client, client.moveKnownImage, { imageName: name, person: 'newer' }, WITHIN)
  await call(client, client.removeKnownImage, { imageName: moved.image?.imageName ?? '' }, WITHIN)
  const changePauseMs = Math.max(addPauseMs, (await service.lag()).longestMs)
  const { gallery } = await call(client, client.getStats, {}, WITHIN)
  if (gallery?.images !== images) throw new Error(`The service knows ${gallery?.images} images, not ${images}.`)
  const changedMegabytes = service.residentMegabytes - emptyMegabytes
  return { startSeconds, addedMegabytes, changedMegabytes, match8Ms, match1Ms, changePauseMs }
}

/** Both workers have looked at pictures, and the memory is what it will stay. */
async function warm(service: WatchedService, picture: Buffer): Promise<void> {
  for (let round = 0; round < 10; round++) {
    const pictures = [0, 1, 2, 3].map((mark) => Buffer.concat([picture, Buffer.from([round, mark])]))
    await Promise.all(pictures.map((content) => service.identify(content)))
  }
}

/** The median of what the service itself measures. */
async function matchMs(service: WatchedService, descriptors: Float32Array[]): Promise<number> {
  const { client } = service
  const bytes = Buffer.concat(descriptors.map(({ buffer }) => Buffer.from(buffer)))
  const sums: number[] = []
  for (let match = 0; match < 2 * MATCHES; match++) {
    await call(client, client.matchDescriptors, { descriptors: bytes }, WITHIN)
    sums.push((await service.stage('match')).sum)
  }
  const each = sums.slice(1).map((sum, i) => 1000 * (sum - (sums[i] as number)))
  // Until then both workers have compiled what they run.
  return summarise(each.slice(MATCHES)).median
}
