import { createHash } from 'node:crypto'
import { ProblemError } from '@livepods/http'
import {
  DECODE_MAX_BYTES,
  type DecodeCost,
  dataOfCut,
  decodeCost,
  IMAGE_MAX_PIXELS,
  type ImageFileStore,
  ImageUnreadableError,
  sniff,
} from '@livepods/images'
import { ConcurrencyLimit, type Cost } from '@livepods/service'
import { LRUCache } from 'lru-cache'
import sharp, { type Sharp, type SharpOptions } from 'sharp'

export interface Picture {
  webp: Buffer
  etag: string
}

/** Fractions of the upright picture. */
export interface Box {
  x: number
  y: number
  width: number
  height: number
}

interface Wanted {
  path: string
  /** Pixels of the longer side. */
  size: number
  face?: Box | undefined
}

interface Options {
  photos: Pick<ImageFileStore, 'open'>
  maxBytes: number
  cacheBytes?: number
  cacheFiles?: number
  /** A file may be replaced under its path. */
  keepMs?: number
  /** A file that is cut off may be being written. */
  keepCutMs?: number
}

/** Widths of thumbnails: for a tile of the grid on a plain screen, and on one with two or three pixels for one. */
export const THUMBNAILS = [240, 480] as const
export type ThumbnailSize = (typeof THUMBNAILS)[number]

const THUMBNAIL = 480
const PICTURE = 1600
const LEAST = 720
const FACE = 128
const PORTRAIT = 1024
const KEPT_BYTES = 2 * 1024 * 1024
const INSIDE = { fit: 'inside', withoutEnlargement: true } as const
/** A photo of a camera takes no more; every other one waits until it is known what it takes. */
const ORDINARY: Cost = { bytes: 32 * 1024 * 1024, isCostly: false }
/** One of the costliest, and an ordinary one beside it: with the process itself that is below 512 MB. */
const AT_ONCE = { atOnce: 2, bytes: DECODE_MAX_BYTES + ORDINARY.bytes }

// One thread a picture: how many there are at once is for `ConcurrencyLimit` to say.
sharp.concurrency(1)
sharp.cache(false)

/** Pictures of photos for a page: upright, small, WebP; cached up to a number of bytes, decoded two at a time. */
export class Pictures {
  readonly #photos: Pick<ImageFileStore, 'open'>
  readonly #maxBytes: number
  readonly #cache: LRUCache<string, Picture, Wanted>
  readonly #limit = new ConcurrencyLimit({ ...AT_ONCE, waiting: 500, full: tooMany })

  constructor({
    photos,
    maxBytes,
    cacheBytes = 32 * 1024 * 1024,
    cacheFiles = 10_000,
    keepMs = 5 * 60_000,
    keepCutMs = 10_000,
  }: Options) {
    this.#photos = photos
    this.#maxBytes = maxBytes
    this.#cache = new LRUCache({
      max: cacheFiles,
      maxSize: cacheBytes,
      ttl: keepMs,
      sizeCalculation: ({ webp }, key) => webp.length + key.length,
      // Who asks for what is being made waits for it: no picture is decoded twice at once.
      fetchMethod: async (_key, _stale, { context, options }) => {
        const { cut, ...made } = await this.#make(context)
        if (cut) options.ttl = keepCutMs
        return made
      },
    })
  }

  /**
   * At most so many pixels wide and high. Rejects with PathRefusedError, ImageMissingError, ImageUnreadableError or StoreUnavailableError.
   */
  async thumbnail(path: string, size: ThumbnailSize = THUMBNAIL): Promise<Picture> {
    return await this.#get({ path, size })
  }

  /** At most 1600 pixels wide and high. */
  async picture(path: string): Promise<Picture> {
    return await this.#get({ path, size: PICTURE })
  }

  /** The square around a face, 128 pixels wide. */
  async face(path: string, face: Box): Promise<Picture> {
    return await this.#get({ path, size: FACE, face })
  }

  /** A face cut out of the photo itself with a margin of so many of its sizes around it, as JPEG of at most 1024 pixels. */
  async portrait(path: string, face: Box, margin: number): Promise<Buffer> {
    const whole = (cost: DecodeCost) => {
      const isWhole = cost.wholeBytes <= DECODE_MAX_BYTES
      const bytes = isWhole ? cost.wholeBytes : cost.bytes + SMALLER_BYTES
      return { bytes, isCostly: cost.isCostly || bytes > 2 * ORDINARY.bytes, isWhole }
    }
    const { made } = await this.#decode(path, whole, async (open, { isWhole }) =>
      cutOut(isWhole ? open : opened(await smaller(open), WHOLE), face, margin),
    )
    return made
  }

  /** The picture for keeping: as it is, or, above 2 MB, as JPEG of at most 2048 pixels. */
  async copy(path: string): Promise<Buffer> {
    const bytes = await this.#photos.open(path, { maxBytes: this.#maxBytes })
    if (bytes.length <= KEPT_BYTES) return bytes
    const { made } = await this.#decode(path, asShrunk, (open) =>
      open().resize(SMALLER, SMALLER, INSIDE).jpeg({ quality: 92 }).toBuffer(),
    )
    return made
  }

  /** Forgets what was made of the picture at `path`. */
  forget(path: string): void {
    const end = `,${JSON.stringify(path)}]`
    for (const key of this.#cache.keys()) if (key.endsWith(end)) this.#cache.delete(key)
  }

  async #get(wanted: Wanted): Promise<Picture> {
    const { path, size, face } = wanted
    const key = JSON.stringify([size, face?.x, face?.y, face?.width, face?.height, path])
    return await this.#cache.forceFetch(key, { context: wanted })
  }

  async #make({ path, size, face }: Wanted): Promise<Picture & { cut: boolean }> {
    // The large picture is enough for a face, and the page shows it anyway. It has its own turn: two in one would wait for each other.
    const picture = face && (await this.picture(path))
    const { made, cut } = picture
      ? await this.#limit.run(() => readable(picture.webp, (open) => crop(open, face, size)), ORDINARY)
      : await this.#decode(path, asShrunk, (open) => shrink(open, size))
    return { cut, webp: made, etag: `"${createHash('sha256').update(made).digest('base64url').slice(0, 22)}"` }
  }

  /**
   * Works on the picture at `path` when there is memory for it. Rejects with ImageUnreadableError for one that takes more than any gets.
   */
  async #decode<C extends Cost>(
    path: string,
    costOf: (cost: DecodeCost) => C,
    make: (open: Open, cost: C) => Promise<Buffer>,
  ): Promise<Made> {
    const attempt = async (granted: Cost) => {
      const { bytes, cost } = await this.#open(path)
      const needed = costOf(cost)
      if (needed.bytes > granted.bytes || (needed.isCostly && !granted.isCostly)) return needed
      return await readable(bytes, (open) => make(open, needed))
    }
    let cost = ORDINARY
    // A file may be replaced while it waits.
    for (let turn = 0; turn < 3; turn++) {
      const made = await this.#limit.run(() => attempt(cost), cost)
      if ('made' in made) return made
      cost = made
    }
    throw new ImageUnreadableError('The file changes again and again.')
  }

  async #open(path: string): Promise<{ bytes: Buffer; cost: DecodeCost }> {
    const bytes = await this.#photos.open(path, { maxBytes: this.#maxBytes })
    const format = sniff(bytes)
    if (!format || format === 'heic') throw new ImageUnreadableError('The file is no picture that is read here.')
    return { bytes, cost: await decodeCost(bytes, format) }
  }
}

/** The decoder, or what follows it, makes the picture smaller while it is decoded. */
const asShrunk = ({ bytes, isCostly }: DecodeCost): Cost => ({ bytes, isCostly })

const SMALLER = 2048
const SMALLER_BYTES = SMALLER * SMALLER * 4

async function smaller(open: Open): Promise<Buffer> {
  return await open().resize(SMALLER, SMALLER, INSIDE).jpeg({ quality: 95 }).toBuffer()
}

/** Begins anew with the bytes of a picture. */
type Open = () => Sharp

interface Made {
  made: Buffer
  /** The end of the picture is missing. */
  cut: boolean
}

const WHOLE = { failOn: 'truncated' } as const

const opened =
  (bytes: Buffer, options: SharpOptions): Open =>
  () =>
    sharp(bytes, { limitInputPixels: IMAGE_MAX_PIXELS, sequentialRead: true, pages: 1, ...options }).autoOrient()

/** Of a JPEG that is cut off what there is, with grey for the rest: other programs show it, too. */
async function readable(bytes: Buffer, make: (open: Open) => Promise<Buffer>): Promise<Made> {
  try {
    return { made: await make(opened(bytes, WHOLE)), cut: false }
  } catch (error) {
    const data = sniff(bytes) === 'jpeg' ? dataOfCut(bytes) : undefined
    if (data) return { made: await orUnreadable(make(opened(data, { failOn: 'none', unlimited: true }))), cut: true }
    throw unreadable(error)
  }
}

async function orUnreadable<T>(made: Promise<T>): Promise<T> {
  try {
    return await made
  } catch (error) {
    throw unreadable(error)
  }
}

const unreadable = (cause: unknown) => new ImageUnreadableError('The picture cannot be decoded.', { cause })

/** The box with that margin on every side, as far as the picture reaches. */
async function cutOut(open: Open, { x, y, width, height }: Box, margin: number): Promise<Buffer> {
  const { autoOrient } = await open().metadata()
  const within = (fraction: number, size: number) => Math.round(Math.max(0, Math.min(1, fraction)) * size)
  const left = Math.min(within(x - margin * width, autoOrient.width), autoOrient.width - 1)
  const top = Math.min(within(y - margin * height, autoOrient.height), autoOrient.height - 1)
  const right = within(x + (1 + margin) * width, autoOrient.width)
  const bottom = within(y + (1 + margin) * height, autoOrient.height)
  return await open()
    .extract({ left, top, width: Math.max(1, right - left), height: Math.max(1, bottom - top) })
    .resize(PORTRAIT, PORTRAIT, INSIDE)
    .jpeg({ quality: 95 })
    .toBuffer()
}

/** At most `size`; a photo of fewer pixels than LEAST is enlarged to that, so that it looks like the others. */
async function shrink(open: Open, size: number): Promise<Buffer> {
  const { autoOrient } = await open().metadata()
  const side = Math.min(size, Math.max(LEAST, autoOrient.width, autoOrient.height))
  return await open()
    .resize(side, side, { fit: 'inside' })
    .webp({ quality: size > THUMBNAIL ? 82 : 76, effort: 2 })
    .toBuffer()
}

/** The box with a margin of a quarter, made square, and moved into the picture where it reaches beyond it. */
async function crop(open: Open, { x, y, width, height }: Box, size: number): Promise<Buffer> {
  const { data, info } = await open().raw().toBuffer({ resolveWithObject: true })
  const side = Math.round(
    Math.max(16, Math.min(info.width, info.height, 1.5 * Math.max(width * info.width, height * info.height))),
  )
  const edge = Math.min(side, info.width, info.height)
  const left = Math.round((x + width / 2) * info.width - edge / 2)
  const top = Math.round((y + height / 2) * info.height - edge / 2)
  return await sharp(data, { raw: { width: info.width, height: info.height, channels: info.channels } })
    .extract({
      left: Math.max(0, Math.min(left, info.width - edge)),
      top: Math.max(0, Math.min(top, info.height - edge)),
      width: edge,
      height: edge,
    })
    .resize(size, size)
    .webp({ quality: 76, effort: 2 })
    .toBuffer()
}

function tooMany(): ProblemError {
  return new ProblemError(503, 'Too many pictures are asked for at once. Try again in a few seconds.', {
    headers: { 'retry-after': '2' },
  })
}
