import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { call } from '@livepods/grpc'
import { atMost, columnFindings } from '../readings.ts'
import type { Findings } from '../report.ts'
import { measureRounds } from '../rounds.ts'
import type { Readings, Series } from '../series.ts'
import { summarise } from '../statistics.ts'
import { type Bench, planOf } from '../suite.ts'
import { MadeFaces, makeGallery } from './made-gallery.ts'
import { type Photos, pathOf, VGA } from './speed-photos.ts'
import { OF_SERVICE, SERVICE, WatchedService } from './watched-service.ts'

/** Known people: so many images. */
interface Known {
  name: string
  images: number
  paths: { known: string; saved: string }
}

/** Numbers of known images: the rows. */
const PLANS = {
  full: { rounds: 3, sizes: [10_000, 100_000] },
  quick: { rounds: 1, sizes: [1000] },
  tiny: { rounds: 1, sizes: [20] },
}
const SEED = 7
/** Beyond all people of a gallery. */
const STRANGER = 900_000
const MATCHES = 100
const MATCH_SECONDS = 'livepods_face_stage_duration_seconds_sum{stage="match"}'
const WITHIN = { deadlineMs: 60_000 }

/**
 * What known people cost the real service: seconds of a start from what was saved, megabytes on top of the same service without known
 * people (before and after the changes), milliseconds in which 8 faces of a photo, and one, are matched, and the longest pause of the event
 * loop while an image is added, moved and removed.
 */
export async function galleries({ folder, nobody, photos }: Photos, bench: Bench): Promise<Findings> {
  const { rounds, sizes } = planOf(bench, PLANS)
  const picture = readFileSync(pathOf(VGA, photos))
  const faces = new MadeFaces(SEED)
  const start = async ({ known, saved }: Known['paths']) =>
    await WatchedService.start(known, { GALLERY_DIR: saved, NODE_COMPILE_CACHE: join(folder, 'compiled service') })
  const withNobody = async <T>(ask: (service: WatchedService) => Promise<T>) => {
    await using service = await start({ known: nobody, saved: join(folder, 'saved of nobody') })
    return await ask(service)
  }
  // A first start, which leaves its compiled code for the others.
  const { engine } = await withNobody(({ client }) => call(client, client.getStats, {}, WITHIN))
  const rows: Known[] = []
  for (const images of sizes) {
    bench.signal.throwIfAborted()
    bench.progress.say(`galleries: making ${images} known images`)
    const paths = { known: join(folder, `${images} known`), saved: join(folder, `${images} saved`) }
    mkdirSync(paths.known)
    await makeGallery(paths, { images, engine, faces })
    rows.push({ name: rowOf(images), images, paths })
  }
  const measure = async ({ images, paths }: Known) => {
    const emptyMegabytes = await withNobody(async (empty) => {
      await warm(empty, picture)
      return empty.residentMegabytes
    })
    await using service = await start(paths)
    await warm(service, picture)
    return await readingsOf(service, { images, faces, picture, emptyMegabytes })
  }
  const candidates = [{ name: SERVICE, measure }]
  return galleryFindings(await measureRounds(bench, { title: 'galleries', candidates, rows, rounds, warmUp: 0 }))
}

export function galleryFindings(galleries: Series): Findings {
  const [small, large] = [rowOf(10_000), rowOf(100_000)]
  const found = columnFindings(galleries, {
    ...OF_SERVICE,
    title: 'Many known images',
    about:
      'The service with made-up known people, ten images each, against the same without; half of the 8 faces are known. Changes: an image is added, moved and removed.',
    columns: [
      ['start from what was saved, s', 'startSeconds', atMost(small, `start, ${small}`, 2, ' s')],
      ['added memory, MB', 'addedMegabytes', atMost(large, `added memory, ${large}`, 120, ' MB')],
      ['after changes, MB', 'changedMegabytes', atMost(large, `the same after changes, ${large}`, 120, ' MB')],
      ['8 faces matched, ms', 'match8Ms', atMost(large, `8 faces matched, ${large}`, 5, ' ms')],
      ['one face matched, ms', 'match1Ms', atMost(small, `one face matched, ${small}`, 1, ' ms')],
      [
        'longest pause in changes, ms',
        'changePauseMs',
        atMost(large, `longest pause of the event loop in a change, ${large}`, 10, ' ms'),
      ],
    ],
  })
  return { ...found, data: { galleries } }
}

function rowOf(images: number): string {
  return `${images} known images`
}

async function readingsOf(
  service: WatchedService,
  {
    images,
    faces,
    picture,
    emptyMegabytes,
  }: { images: number; faces: MadeFaces; picture: Buffer; emptyMegabytes: number },
): Promise<Readings> {
  const { client, startSeconds } = service
  // Four faces of known people and four of nobody.
  const eight = Array.from({ length: 8 }, (_, i) => faces.descriptor(i % 2 ? i * 100 : STRANGER + i, 99))
  const match8Ms = await matchMs(service, eight)
  const match1Ms = await matchMs(service, eight.slice(0, 1))
  const addedMegabytes = service.residentMegabytes - emptyMegabytes
  await service.lag()
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
    sums.push(await service.metric(MATCH_SECONDS))
  }
  const each = sums.slice(1).map((sum, i) => 1000 * (sum - (sums[i] as number)))
  // Until then both workers have compiled what they run.
  return summarise(each.slice(MATCHES)).median
}
