import { ProblemError } from '@livepods/http'
import { sniff, UPLOAD_FORMATS, type UploadFormat } from '@livepods/images'

const NAMES: Record<UploadFormat, string> = { jpeg: 'a JPEG', png: 'a PNG', webp: 'a WebP' }

/** What a browser sends with a file whose type it does not know. */
const UNKNOWN = 'application/octet-stream'

/** The format of a photo by its first bytes. Throws ProblemError 415 when it is not accepted, or not what the client declared. */
export function formatOf(head: Buffer, mediaType: string = UNKNOWN): UploadFormat {
  const found = sniff(head)
  const format = UPLOAD_FORMATS.find((name) => name === found)
  if (found === 'heic') throw refused('HEIC is not supported. Send the photo as JPEG.')
  if (!format) throw refused('The file is not a JPEG, PNG or WebP. Send the photo as one of these.')
  const declared = mediaType.toLowerCase().replace('image/jpg', 'image/jpeg')
  if (declared === UNKNOWN || declared === `image/${format}`) return format
  throw refused(`The photo is ${NAMES[format]}, but was sent as ${mediaType.slice(0, 60)}. Send it as image/${format}.`)
}

const refused = (detail: string) => new ProblemError(415, detail)
