import { join } from 'node:path'
import { samplePhoto } from '@livepods/samples'
import sharp, { type Sharp } from 'sharp'
import { randomNumbers } from './random-numbers.ts'
import { type Box, SAMPLE_FACES } from './sample-faces.ts'

/** Longer side in pixels of what is damaged, which is less than a sample photo has. */
const SIDE = 1600

/** The crowd: so many heads, each in a square of so many pixels, which is so much larger than the face. */
const COLUMNS = 10
const ROWS = 6
const TILE = 96
const TILE_PER_FACE = 1.6

/** A face of an undamaged photo, by its place in the lists. */
interface Source {
  photo: number
  face: number
}

/** A photo that was made harder, and where its faces are. */
export interface DamagedPhoto {
  path: string
  faces: Box[]
  /** Which face of which undamaged photo each one is, where it is not that of the same numbers. */
  sources?: readonly Source[]
}

/** What was done to photos: the row of the table. */
export interface Damage {
  name: string
  make(folder: string, photos: number): Promise<DamagedPhoto[]>
}

/** Heights of a face as parts of the longer side of the picture, and the height in pixels that it has then. */
const SIZES = [
  { part: 0.094, pixels: 80 },
  { part: 0.063, pixels: 64 },
  { part: 0.038, pixels: 48 },
  { part: 0.024, pixels: 40 },
  { part: 0.012, pixels: 32 },
]

/** All damages; the first one is none. */
export const DAMAGES: readonly Damage[] = [
  damaged('as they are', (photo) => photo),
  ...SIZES.map(farAway),
  damaged('dark (18 %)', (photo) => photo.linear(0.18, 0)),
  { name: 'dark, with noise', make: (folder, photos) => eachSample(folder, 'noise', photos, darkWithNoise) },
  damaged('flat', (photo) => photo.linear(0.2, 100)),
  damaged('overexposed', (photo) => photo.linear(1.9, 25)),
  damaged('blurred by 4 pixels', (photo) => photo.blur(4)),
  damaged('blurred by 8 pixels', (photo) => photo.blur(8)),
  { name: 'noise', make: (folder, photos) => eachSample(folder, 'loud', photos, withNoise) },
  { name: 'JPEG of quality 8', make: (folder, photos) => eachSample(folder, 'coarse', photos, asCoarseJpeg) },
  ...([30, 45] as const).map(tilted),
  ...([90, 180, 270] as const).map(turned),
  { name: `a crowd of ${COLUMNS * ROWS}`, make: crowd },
  { name: 'without a face', make: withoutFaces },
]

function damaged(name: string, damage: (photo: Sharp) => Sharp): Damage {
  return { name, make: (folder, photos) => eachSample(folder, name, photos, damage) }
}

async function eachSample(
  folder: string,
  name: string,
  photos: number,
  damage: (photo: Sharp, random: () => number) => Sharp | Promise<Sharp>,
  moved: (box: Box) => Box = (box) => box,
): Promise<DamagedPhoto[]> {
  const random = randomNumbers()
  return await each(SAMPLE_FACES.slice(0, photos), async ({ photo, faces }) => {
    const small = await sharp(samplePhoto(photo)).resize(SIDE).png().toBuffer()
    const path = join(folder, `${name} ${photo}`)
    await (await damage(sharp(small), random)).jpeg({ quality: 90 }).toFile(path)
    return { path, faces: faces.map(moved) }
  })
}

const darkWithNoise = (photo: Sharp, random: () => number) => noisy(photo.linear(0.18, 0), 5.5, random)
const withNoise = (photo: Sharp, random: () => number) => noisy(photo, 25, random)

/** @param deviation standard deviation of what is added, in levels of 0 to 255 */
async function noisy(photo: Sharp, deviation: number, random: () => number): Promise<Sharp> {
  const { data, info } = await photo.removeAlpha().raw().toBuffer({ resolveWithObject: true })
  for (const [i, value] of data.entries()) {
    // The sum of four uniform numbers has the standard deviation 1 / √3.
    const noise = (random() + random() + random() + random() - 2) * Math.sqrt(3) * deviation
    data[i] = Math.max(0, Math.min(255, value + noise))
  }
  return sharp(data, { raw: { width: info.width, height: info.height, channels: 3 } })
}

async function asCoarseJpeg(photo: Sharp): Promise<Sharp> {
  return sharp(await photo.jpeg({ quality: 8 }).toBuffer())
}

/** Clockwise, on a canvas that holds the corners; a face keeps its size, and its middle moves. */
function tilted(degrees: 30 | 45): Damage {
  const name = `tilted by ${degrees}°`
  const angle = (degrees * Math.PI) / 180
  const make = async (folder: string, photos: number) =>
    await each(SAMPLE_FACES.slice(0, photos), async ({ photo, faces }) => {
      const small = await sharp(samplePhoto(photo)).resize(SIDE).toBuffer({ resolveWithObject: true })
      const path = join(folder, `${name} ${photo}`)
      const before = small.info
      const after = await sharp(small.data)
        .rotate(degrees, { background: { r: 110, g: 118, b: 122 } })
        .jpeg({ quality: 90 })
        .toFile(path)
      const moved = ({ x, y, width, height }: Box): Box => {
        const [right, down] = [(x + width / 2 - 0.5) * before.width, (y + height / 2 - 0.5) * before.height]
        const size = { width: (width * before.width) / after.width, height: (height * before.height) / after.height }
        const middleX = 0.5 + (right * Math.cos(angle) - down * Math.sin(angle)) / after.width
        const middleY = 0.5 + (right * Math.sin(angle) + down * Math.cos(angle)) / after.height
        return { x: middleX - size.width / 2, y: middleY - size.height / 2, ...size }
      }
      return { path, faces: faces.map(moved) }
    })
  return { name, make }
}

function turned(degrees: 90 | 180 | 270): Damage {
  const quarter = ({ x, y, width, height }: Box): Box => ({ x: 1 - y - height, y: x, width: height, height: width })
  const moved = (box: Box) => Array.from({ length: degrees / 90 }).reduce<Box>((box) => quarter(box), box)
  const name = `turned by ${degrees}°`
  const turn = async (photo: Sharp) => sharp(await photo.rotate(degrees).png().toBuffer())
  return { name, make: (folder, photos) => eachSample(folder, name, photos, turn, moved) }
}

/** The photo, smaller, somewhere on a ground without faces: plain for every second one, else the lower part of a sample photo as tiles. */
function farAway({ part, pixels }: (typeof SIZES)[number]): Damage {
  const percent = `${(part * 100).toFixed(1)} %`
  const make = async (folder: string, photos: number) => {
    const random = randomNumbers()
    return await each([...SAMPLE_FACES.slice(0, photos).entries()], async ([number, { photo, faces }]) => {
      const whole = await sharp(samplePhoto(photo)).metadata()
      const heights = faces.map(({ height }) => height * whole.height).sort((one, other) => one - other)
      const scale = pixels / (heights[heights.length >> 1] as number)
      const small = { width: Math.round(whole.width * scale), height: Math.round(whole.height * scale) }
      const size = { width: Math.round(pixels / part), height: Math.round((pixels / part) * 0.75) }
      const left = Math.floor(random() * (size.width - small.width))
      const top = Math.floor(random() * (size.height - small.height))
      const path = join(folder, `${percent} ${photo}`)
      const input = await sharp(samplePhoto(photo)).resize(small.width, small.height).png().toBuffer()
      const ground = sharp({ create: { ...size, channels: 3, background: { r: 110, g: 118, b: 122 } } })
      const below = number % 2 === 0 ? [] : [{ input: await legs(size), tile: true, left: 0, top: 0 }]
      await ground
        .composite([...below, { input, left, top }])
        .jpeg({ quality: 90 })
        .toFile(path)
      const moved = ({ x, y, width, height }: Box): Box => ({
        x: (left + x * small.width) / size.width,
        y: (top + y * small.height) / size.height,
        width: (width * small.width) / size.width,
        height: (height * small.height) / size.height,
      })
      return { path, faces: faces.map(moved) }
    })
  }
  return { name: `faces of ${percent} of the longer side`, make }
}

/** The lower part of a sample photo, where it has no face; no larger than `most`. */
async function legs(most: { width: number; height: number }): Promise<Buffer> {
  const photo = sharp(samplePhoto('sample3.jpg'))
  const { width, height } = await photo.metadata()
  const top = Math.round(height * 0.62)
  const size = { width: Math.min(width, most.width), height: Math.min(height - top, most.height) }
  return await photo
    .extract({ left: 0, top, ...size })
    .png()
    .toBuffer()
}

/** One picture with the heads again and again, every second row mirrored. */
async function crowd(folder: string, photos: number): Promise<DamagedPhoto[]> {
  const sources = SAMPLE_FACES.slice(0, photos).flatMap(({ faces }, photo) => faces.map((_, face) => ({ photo, face })))
  const heads = await each(sources, async ({ photo, face }) => {
    const sample = SAMPLE_FACES[photo] as (typeof SAMPLE_FACES)[number]
    return await headOf(sample.photo, sample.faces[face] as Box)
  })
  const size = { width: COLUMNS * TILE, height: ROWS * TILE }
  const places = Array.from({ length: COLUMNS * ROWS }, (_, i) => ({
    ...(heads[i % heads.length] as Head),
    left: (i % COLUMNS) * TILE,
    top: Math.floor(i / COLUMNS) * TILE,
    isMirrored: Math.floor(i / COLUMNS) % 2 === 1,
  }))
  const tiles = await each(places, async ({ head, width, height, left, top, isMirrored }) => {
    const middle = { x: (left + TILE / 2) / size.width, y: (top + TILE / 2) / size.height }
    const face = { width: width / size.width, height: height / size.height }
    return {
      tile: {
        input: await sharp(head).flop(isMirrored).png().toBuffer(),
        left,
        top,
      },
      face: { x: middle.x - face.width / 2, y: middle.y - face.height / 2, ...face },
    }
  })
  const path = join(folder, 'crowd.jpg')
  await sharp({ create: { ...size, channels: 3, background: 'gray' } })
    .composite(tiles.map(({ tile }) => tile))
    .jpeg({ quality: 90 })
    .toFile(path)
  return [
    { path, faces: tiles.map(({ face }) => face), sources: tiles.map((_, i) => sources[i % sources.length] as Source) },
  ]
}

/** A square with a face in its middle, and the size of that face in pixels. */
interface Head {
  head: Buffer
  width: number
  height: number
}

async function headOf(photo: string, face: Box): Promise<Head> {
  const whole = await sharp(samplePhoto(photo)).metadata()
  const height = TILE / TILE_PER_FACE
  const scale = height / (face.height * whole.height)
  const small = { width: Math.round(whole.width * scale), height: Math.round(whole.height * scale) }
  // With as much around it as a head at its edge needs.
  const around = { top: TILE, bottom: TILE, left: TILE, right: TILE, extendWith: 'copy' } as const
  const wide = await sharp(samplePhoto(photo)).resize(small.width, small.height).extend(around).png().toBuffer()
  const start = (middle: number, length: number) => Math.round(TILE / 2 + middle * length)
  const area = {
    left: start(face.x + face.width / 2, small.width),
    top: start(face.y + face.height / 2, small.height),
    width: TILE,
    height: TILE,
  }
  return {
    head: await sharp(wide).extract(area).png().toBuffer(),
    width: face.width * whole.width * scale,
    height,
  }
}

/** Parts of sample photos, 4:3, that touch no face nor come near one. */
async function withoutFaces(folder: string, photos: number): Promise<DamagedPhoto[]> {
  const random = randomNumbers()
  const cuts = SAMPLE_FACES.slice(0, photos).flatMap(({ photo, faces }) =>
    Array.from({ length: 60 }, () => {
      const width = 0.3 + random() * 0.4
      return { x: random() * (1 - width), y: random() * (1 - width), width, height: width }
    })
      .filter((cut) => faces.every((face) => isApart(cut, face)))
      .slice(0, 6)
      .map((cut) => ({ photo, cut })),
  )
  return await each([...cuts.entries()], async ([number, { photo, cut }]) => {
    const whole = await sharp(samplePhoto(photo)).metadata()
    const path = join(folder, `without ${number}.jpg`)
    const area = {
      left: Math.round(cut.x * whole.width),
      top: Math.round(cut.y * whole.height),
      width: Math.floor(cut.width * whole.width),
      height: Math.floor(cut.height * whole.height),
    }
    await sharp(samplePhoto(photo)).extract(area).resize(1280, 960).jpeg({ quality: 90 }).toFile(path)
    return { path, faces: [] }
  })
}

/** Farther from the face than a quarter of its size on each side. */
function isApart(cut: Box, { x, y, width, height }: Box): boolean {
  return (
    x + 1.25 * width < cut.x ||
    x - 0.25 * width > cut.x + cut.width ||
    y + 1.25 * height < cut.y ||
    y - 0.25 * height > cut.y + cut.height
  )
}

async function each<T, R>(items: readonly T[], make: (item: T) => Promise<R>): Promise<R[]> {
  const made: R[] = []
  for (const item of items) made.push(await make(item))
  return made
}
