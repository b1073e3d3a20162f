import { join } from 'node:path'
import { samplePhoto } from '@livepods/samples'
import sharp, { type Sharp } from 'sharp'
import { type Box, SAMPLE_FACES } from './sample-faces.ts'

/** Makes the same photos every time; the report names it. */
export const SEED = 7
/** Longer side in pixels of what is damaged, which is less than a sample photo has. */
const SIDE = 1600

/** A photo that was made harder, and where its faces are. */
export interface DamagedPhoto {
  path: string
  faces: Box[]
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
  ...([90, 180, 270] as const).map(turned),
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

async function darkWithNoise(photo: Sharp, random: () => number): Promise<Sharp> {
  const { data, info } = await photo.linear(0.18, 0).removeAlpha().raw().toBuffer({ resolveWithObject: true })
  for (const [i, value] of data.entries()) {
    // Of four uniform numbers: a standard deviation of 5.5.
    const noise = (random() + random() + random() + random() - 2) * 9.6
    data[i] = Math.max(0, Math.min(255, value + noise))
  }
  return sharp(data, { raw: { width: info.width, height: info.height, channels: 3 } })
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

/** From 0 to 1, the same every time. Source: the generator of Numerical Recipes. */
function randomNumbers(): () => number {
  let state = SEED
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}
