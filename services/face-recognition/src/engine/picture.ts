import { type FileState, type ImageFileStore, ImageUnreadableError, isUpload, sniff } from '@livepods/images'

/** Where a picture comes from: a path as the receiver accepted it, or its bytes. */
export type Source = { path: string } | { content: Buffer }

export interface PictureOptions {
  photos: Pick<ImageFileStore, 'read'>
  maxBytes: number
}

const UPLOADS: readonly unknown[] = ['jpeg', 'png', 'webp']

/** The bytes of a picture. Throws PathRefusedError, ImageMissingError, ImageUnreadableError or StoreUnavailableError. */
export async function readPicture(source: Source, { photos, maxBytes }: PictureOptions): Promise<Uint8Array> {
  return (await readFile(source, { photos, maxBytes })).bytes
}

/** The same with what the file at the path was; bytes have none. */
export async function readFile(
  source: Source,
  { photos, maxBytes }: PictureOptions,
): Promise<{ bytes: Uint8Array; file: FileState | undefined }> {
  if ('path' in source) {
    const { bytes, ...file } = await photos.read(source.path, { maxBytes })
    return { bytes, file }
  }
  checkSent(source.content, maxBytes)
  return { bytes: source.content, file: undefined }
}

/**
 * Whether a picture that cannot be read may be one later: it is empty, cut off, or younger than `youngMs`. Bytes and uploads, whose names
 * are their sums, stay what they are.
 */
export function isUnfinished(
  source: Source,
  fault: unknown,
  { file, youngMs }: { file: FileState | undefined; youngMs: number },
): boolean {
  if (!(fault instanceof ImageUnreadableError) || 'content' in source || isUpload(source.path)) return false
  return fault.cut || (file !== undefined && file.ageMs < youngMs)
}

interface Stamps {
  /** What the file was when it was read, and what it has been for at least a minute; absent or empty: not known. */
  stamp?: string | undefined
  settledStamp?: string
}

/** Whether what is missing of a picture will not come any more: bytes and uploads never change, a file has not changed for a while. */
export function isFinal(source: Source, { stamp = '', settledStamp = '' }: Stamps = {}): boolean {
  return 'content' in source || isUpload(source.path) || (settledStamp !== '' && settledStamp === stamp)
}

/** Throws ImageUnreadableError when these are not the bytes of a JPEG, PNG or WebP of at most `maxBytes`. */
export function checkSent(content: Buffer, maxBytes: number): void {
  if (content.length > maxBytes)
    throw new ImageUnreadableError(
      `The picture has ${content.length} bytes; ${maxBytes} is the limit (IMAGE_MAX_MEGABYTES).`,
    )
  if (!UPLOADS.includes(sniff(content))) throw new ImageUnreadableError('Sent bytes must be a JPEG, PNG or WebP.')
}
