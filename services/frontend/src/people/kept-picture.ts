import { ImageMissingError } from '@livepods/images'
import { writeImage } from './person-rows.ts'
import type { Work } from './work.ts'

/** A known picture in base64 for undo, or undefined when it is gone already. */
export async function keep({ pictures }: Pick<Work, 'pictures'>, image: string): Promise<string | undefined> {
  try {
    return (await pictures.copy(`/known_people/${image}`)).toString('base64')
  } catch (error) {
    if (error instanceof ImageMissingError) return undefined
    throw error
  }
}

/** Removes a known image, and its thumbnails in the cache of the pages. */
export async function removePicture(
  { faces, pictures }: Pick<Work, 'faces' | 'pictures'>,
  image: string,
): Promise<void> {
  await faces.remove(image)
  pictures.forget(`/known_people/${image}`)
}

/** Adds a picture that was kept to the known people again. */
export async function putBack(
  work: Work,
  { image, bytes, key, person }: { image: string; bytes: string; key: string; person: number },
): Promise<void> {
  const again = await work.faces.add(Buffer.from(bytes, 'base64'), key, image.slice(image.lastIndexOf('/') + 1))
  await writeImage(work.session, again.imageName, person)
}
