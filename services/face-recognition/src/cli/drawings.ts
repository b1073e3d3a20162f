import { stat } from 'node:fs/promises'
import { extname, join, resolve } from 'node:path'
import { UsageError } from '@livepods/service'
import type { Photo } from './photos.ts'

const WRITABLE = /\.(jpe?g|png|webp|tiff?|avif)$/i

/** Where the drawing of each photo goes: `target` itself for one photo, a file in it for many. Throws UsageError. */
export async function placeDrawings(photos: Photo[], target: string): Promise<Map<Photo, string>> {
  const isFolder = photos.length > 1 || (await stat(target).catch(() => undefined))?.isDirectory() === true
  if (!isFolder && !WRITABLE.test(target))
    throw new UsageError(`--draw is "${target}", but must end in .jpg, .png, .webp, .tiff or .avif.`)
  if (isFolder && WRITABLE.test(target))
    throw new UsageError(`--draw is "${target}", but there are ${photos.length} photos: name a folder for them.`)
  const places = new Map<Photo, string>()
  const taken = new Set<string>(photos.map(({ path }) => resolve(path)))
  for (const photo of photos) {
    const path = isFolder ? join(target, nameOf(photo)) : target
    if (taken.has(path)) throw new UsageError(`--draw would write over "${path}": name another place.`)
    taken.add(path)
    places.set(photo, path)
  }
  return places
}

/** A name that can be written: a GIF becomes a JPEG. */
function nameOf({ name }: Photo): string {
  return WRITABLE.test(name) ? name : `${name.slice(0, name.length - extname(name).length)}.jpg`
}
