import { copyFile, mkdir, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import sharp, { type Sharp } from 'sharp'

/** The largest distance that counts as the same person in this demo: the closest strangers in these photos are 0.53 apart. */
export const SAMPLE_THRESHOLD = '0.5'

/** Paths as the receiver takes them. */
export const SAMPLE_PHOTOS = ['sample1.jpg', 'sample2.jpg', 'sample3.jpg', 'sample4.jpg', 'sample5.jpg', 'sample6.jpg']

/** Whom the demo knows: a face cut out of a sample photo, as fractions of it; the names are invented. */
const PEOPLE = [
  // She is in sample1.jpg too, her head tilted by 44 degrees.
  { name: 'fiona', photo: 'sample3.jpg', left: 0.5, top: 0.05, width: 0.24, height: 0.45 },
  { name: 'nora', photo: 'sample4.jpg', left: 0.62, top: 0.03, width: 0.18, height: 0.37 },
  { name: 'maria', photo: 'sample6.jpg', left: 0.06, top: 0.25, width: 0.26, height: 0.35 },
]

interface Folders {
  knownPeople: string
  unknownPeople: string
}

/** The file of a sample photo: the package @vladmandic/face-api ships them. */
export function samplePhoto(photo: string): string {
  const main = createRequire(import.meta.url).resolve('@vladmandic/face-api/package.json')
  return join(dirname(main), 'demo', photo)
}

/** Puts the sample photos and the known people where the suite looks for pictures. */
export async function placeSamples({ knownPeople, unknownPeople }: Folders): Promise<void> {
  await Promise.all(SAMPLE_PHOTOS.map((photo) => copyFile(samplePhoto(photo), join(unknownPeople, photo))))
  await placeKnownPeople(knownPeople)
}

/** Puts the known faces into a folder with the person's name each; keeps those that are there. */
async function placeKnownPeople(knownPeople: string): Promise<void> {
  for (const { name, photo, bytes } of await samplePeople()) {
    const folder = join(knownPeople, name)
    await mkdir(folder, { recursive: true })
    await writeFile(join(folder, photo), bytes, { flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    })
  }
}

/** The known faces, cut out of the sample photos. */
export async function samplePeople(): Promise<{ name: string; photo: string; bytes: Buffer }[]> {
  return await Promise.all(
    PEOPLE.map(async ({ name, ...part }) => {
      const face = await cutOut(part)
      return { name, photo: part.photo, bytes: await face.jpeg({ quality: 95 }).toBuffer() }
    }),
  )
}

/** A part of a sample photo, in fractions of it. */
export interface Part {
  photo: string
  left: number
  top: number
  width: number
  height: number
}

/** The pixels of a part, to be written in any format. */
export async function cutOut({ photo, ...part }: Part): Promise<Sharp> {
  const picture = sharp(samplePhoto(photo))
  const { width, height } = await picture.metadata()
  return picture.extract({
    left: Math.round(part.left * width),
    top: Math.round(part.top * height),
    width: Math.round(part.width * width),
    height: Math.round(part.height * height),
  })
}
