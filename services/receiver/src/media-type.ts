import { ProblemError } from '@livepods/http'
import { sniff, UPLOAD_FORMATS, type UploadFormat } from '@livepods/images'

const NAMES: Record<UploadFormat, string> = { jpeg: 'a JPEG', png: 'a PNG', webp: 'a WebP' }

/** What a form sends for a file whose type it does not know. */
const UNKNOWN = 'application/octet-stream'

/** The format that the first bytes of a photo have. Throws ProblemError 415 when it is not taken, or not what the client said. */
export function formatOf(head: Buffer, mediaType: string = UNKNOWN): UploadFormat {
  const found = sniff(head)
  const format = UPLOAD_FORMATS.find((name) => name === found)
  if (found === 'heic') throw refused('HEIC photos cannot be read here. Send it as JPEG.')
  if (!format) throw refused('The file is not a JPEG, PNG or WebP. Send the photo as one of these.')
  const said = mediaType.toLowerCase().replace('image/jpg', 'image/jpeg')
  if (said === UNKNOWN || said === `image/${format}`) return format
  throw refused(`The photo is ${NAMES[format]}, but was sent as ${mediaType.slice(0, 60)}. Send it as image/${format}.`)
}

const refused = (detail: string) => new ProblemError(415, detail)
