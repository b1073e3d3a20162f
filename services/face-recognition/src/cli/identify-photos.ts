import { createLog, EnvironmentError, UsageError } from '@livepods/service'
import type { Config } from '../config.ts'
import { Identifier } from '../engine/identifier.ts'
import type { Recogniser } from '../engine/recogniser.ts'
import { openRecogniser, type WorkerPool } from '../engine/worker-pool.ts'
import { GalleryCache } from '../known/gallery-cache.ts'
import { isDescribed } from '../known/known-entry.ts'
import { visitKnownFiles } from '../known/known-files.ts'
import { KnownFolder } from '../known/known-folder.ts'
import { KnownPeople } from '../known/known-people.ts'
import { KnownStoreAwayError } from '../known/known-store-away.ts'
import type { CommandLine } from './command-line.ts'
import { drawFaces } from './draw.ts'
import { placeDrawings } from './drawings.ts'
import { listPhotos, openPhoto, type Photo } from './photos.ts'
import { Progress } from './progress.ts'
import { jsonOf, type Result, Table } from './result.ts'

type Settings = Pick<
  Config,
  'FACE_ENGINE' | 'FACE_MODELS' | 'FACE_WORKERS' | 'FACE_THRESHOLD' | 'GALLERY_DIR' | 'IMAGE_MAX_MEGABYTES'
>

/** Writes who is on the photos to the standard output; resolves with the exit code. Throws UsageError and EnvironmentError. */
export async function identifyPhotos(
  { inputs, json, draw, ...options }: CommandLine,
  env: Settings,
  signal: AbortSignal,
): Promise<number> {
  const maxBytes = env.IMAGE_MAX_MEGABYTES * 1024 * 1024
  const photos = await listPhotos(inputs)
  const drawings = draw === undefined ? undefined : await placeDrawings(photos, draw)
  const total = await countKnown(options.known)
  const workers = options.workers ?? env.FACE_WORKERS
  await using pool = await openEngine(env, workers)
  await loadKnown(pool, { ...options, maxBytes, total, workers, cache: options.cache ?? env.GALLERY_DIR })

  const identifier = new Identifier({ recogniser: pool, matcher: pool })
  const threshold = options.threshold ?? env.FACE_THRESHOLD
  const identify = async (photo: Photo): Promise<Result> => {
    try {
      const bytes = await openPhoto(photo, maxBytes)
      const identified = await identifier.identify(bytes, { threshold, signal, lenient: true })
      const drawing = drawings?.get(photo)
      if (drawing !== undefined) await drawFaces(bytes, identified, drawing)
      return { photo, identified }
    } catch (error) {
      return { photo, fault: (error as Error).message }
    }
  }
  const table = new Table(photos)
  using progress = new Progress('photos', photos.length, process.stderr)
  if (!json) console.log(table.head)
  let faults = 0
  for await (const result of inOrder(photos, identify, { atOnce: workers * 2, done: () => progress.tick() })) {
    if ('fault' in result) faults++
    if (process.stdout.isTTY) progress.clear()
    if (signal.aborted) return 0
    for (const line of json ? [jsonOf(result)] : table.rows(result)) console.log(line)
  }
  return faults > 0 ? 1 : 0
}

/** Results in the order of the items, of which `atOnce` are worked on. */
async function* inOrder<T, R>(
  items: readonly T[],
  work: (item: T) => Promise<R>,
  { atOnce, done }: { atOnce: number; done: () => void },
): AsyncGenerator<R> {
  const running: Promise<R>[] = []
  for (const item of items) {
    running.push(work(item).finally(done))
    if (running.length >= atOnce) yield await (running.shift() as Promise<R>)
  }
  for (const result of running) yield await result
}

async function countKnown(known: string): Promise<number> {
  let total = 0
  await visitKnownFiles(known, () => total++).catch((error) => {
    throw new UsageError(`The folder "${known}" of known people cannot be read (${error.code}): check --known.`)
  })
  if (total > 0) return total
  throw new UsageError(
    `There is no known image in "${known}": --known names a folder with a folder of photos for each person (anna/1.jpg), or files like anna_1.jpg.`,
  )
}

async function openEngine({ FACE_ENGINE: engine, FACE_MODELS }: Settings, workers: number): Promise<WorkerPool> {
  try {
    const log = createLog('identify', 'silent')
    return await openRecogniser({ engine, modelFolder: FACE_MODELS, workers, queue: 10_000, log })
  } catch (error) {
    throw new EnvironmentError([`FACE_ENGINE is "${engine}", but that cannot be loaded: ${(error as Error).message}`])
  }
}

interface LoadOptions {
  known: string
  cache: string | undefined
  maxBytes: number
  total: number
  workers: number
}

/** Describes the known people, says which images are of no use, and shares them with the workers. Throws UsageError when nobody is left. */
async function loadKnown(
  pool: WorkerPool,
  { known: folder, cache, maxBytes, total, workers }: LoadOptions,
): Promise<void> {
  using progress = new Progress('known people', total, process.stderr)
  const recogniser: Recogniser = {
    engine: pool.engine,
    describe: (bytes, options) => pool.describe(bytes, options).finally(() => progress.tick()),
  }
  const log = createLog('identify', 'silent')
  await using saved = cache === undefined ? undefined : new GalleryCache({ folder: cache, engine: pool.engine, log })
  const known = new KnownPeople({
    store: new KnownFolder(folder),
    recogniser,
    maxBytes,
    concurrency: workers,
    cache: saved,
    onGallery: (gallery) => pool.share(gallery),
    believing: true,
    log,
  })
  await known.load(new AbortController().signal).catch((error) => {
    throw error instanceof KnownStoreAwayError ? new UsageError(error.message, { cause: error }) : error
  })
  progress.clear()
  for (const entry of known.entries)
    if (!isDescribed(entry)) console.error(`identify: the known image "${entry.name}" is left out: ${entry.skipped}`)
  if (known.gallery.images === 0)
    throw new UsageError(`No image in "${folder}" can be used: give each person a photo with one clear face.`)
}
