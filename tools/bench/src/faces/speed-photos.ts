import { join } from 'node:path'
import { cutOut, samplePhoto } from '@livepods/samples'
import sharp from 'sharp'

/** What the parts share: the photos, and the folder that they are in, which is for everything that is made. */
export interface Photos {
  folder: string
  /** A folder of known people that is empty. */
  nobody: string
  photos: readonly SpeedPhoto[]
}

/** A photo to be timed. */
export interface SpeedPhoto {
  /** Size and number of faces: the row of the table. */
  name: string
  path: string
}

/** One woman out of a sample photo, 4:3, as fractions of it. */
const ONE_FACE = { photo: 'sample5.jpg', left: 0.68, top: 0.12, width: 0.32, height: 0.33 }
const FOUR_FACES = 'sample6.jpg'
export const SMALL = '250×250, one face'
export const VGA = '640×480, one face'
export const MEGAPIXEL = '1280×960, one face'
export const LARGEST = '4000×3000, one face'
const ROWS = [
  { name: SMALL, width: 250, height: 250 },
  { name: VGA, width: 640, height: 480 },
  { name: MEGAPIXEL, width: 1280, height: 960 },
  { name: LARGEST, width: 4000, height: 3000 },
]

/** Makes the photos that are timed, as JPEGs in `folder`, from the samples that @vladmandic/face-api ships. */
export async function makeSpeedPhotos(folder: string): Promise<SpeedPhoto[]> {
  const face = await (await cutOut(ONE_FACE)).png().toBuffer()
  const one = ROWS.map(async ({ name, width, height }) => {
    const path = join(folder, `${width}x${height}.jpg`)
    await sharp(face).resize(width, height).jpeg({ quality: 90 }).toFile(path)
    return { name, path }
  })
  const four = { name: '1280×960, four faces', path: join(folder, 'four.jpg') }
  await sharp(samplePhoto(FOUR_FACES)).resize(1280, 960).jpeg({ quality: 90 }).toFile(four.path)
  return [...(await Promise.all(one)), four]
}

/** The file of the photo with this name. */
export function pathOf(name: string, photos: readonly SpeedPhoto[]): string {
  return photos.find((photo) => photo.name === name)?.path as string
}
