import { ProblemError } from '@livepods/http'
import { sniff, UPLOAD_FORMATS, type UploadFormat } from '@livepods/images'

/**
 * The format of a photo by its first bytes, whatever its media type and its name say: clients guess both. Throws ProblemError 415 for one
 * that is not accepted.
 */
export function formatOf(head: Buffer): UploadFormat {
  const found = sniff(head)
  const format = UPLOAD_FORMATS.find((name) => name === found)
  if (format) return format
  if (found === 'heic') throw refused('HEIC is not supported. Send the photo as JPEG.')
  if (head.toString('latin1').trimStart().startsWith('{'))
    throw refused(
      'This is no photo. Send a path with content-type: application/json, and a photo as JPEG, PNG or WebP.',
    )
  throw refused('The file is not a JPEG, PNG or WebP. Send the photo as one of these.')
}

const refused = (detail: string) => new ProblemError(415, detail)
