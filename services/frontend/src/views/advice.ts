import { isUpload } from '@livepods/images'
import type { Outcome } from '@livepods/photo'
import type { Photo } from '@livepods/photo-api'
import { plural } from './words.ts'

/** What it was where the row does not say it, and what to do where nothing below fits. */
const USUAL: Partial<Record<Outcome, { reason: string; remedy: string }>> = {
  NO_FACE: {
    reason: 'No face was found on this photo.',
    remedy: 'Send one on which the face is larger, upright and not covered.',
  },
  UNREADABLE: {
    reason: 'The file cannot be read as a picture.',
    remedy: 'Send it as JPEG, PNG or WebP with at most 50 megapixels, under another name.',
  },
  MISSING: {
    reason: 'There was no file at this path.',
    remedy: 'Put it there and send its path again; the retry job looks again, too.',
  },
  REFUSED: {
    reason: 'The path leads outside the folders of pictures.',
    remedy: 'Put the file into the folder of submitted photos and send its path in there.',
  },
}

interface Cause {
  /** Words of the sentence that the face service says; those of others may fit as well. */
  words: RegExp
  remedy: string
  /** For a photo that was sent as bytes, whose file nobody can mend in its place. */
  ofUpload?: string
}

const SEND_WHOLE = 'Send the photo again, whole.'

const UNREADABLE: Cause[] = [
  {
    words: /\bHEI[CF]\b/i,
    remedy:
      'Save the photo as JPEG and send that; phones do so by themselves when their camera is set to “most compatible”.',
  },
  { words: /\bfolder\b/i, remedy: 'Send the path of a picture in it.' },
  {
    words: /\b(pipe|device|socket)\b/i,
    remedy: 'Put the picture there as a plain file under another name, and send that path.',
  },
  { words: /\bempty\b/i, remedy: 'Write the whole picture to it, then send its path again.', ofUpload: SEND_WHOLE },
  {
    words: /\b(larger|limit|bytes)\b/i,
    remedy: 'Save it smaller, for instance as JPEG, and send that under another name.',
  },
  { words: /\b(mega|million )pixels\b/i, remedy: 'Save it with fewer pixels, and send that under another name.' },
  {
    words: /\b(may not be read|permission|denied|forbidden)\b/i,
    remedy: 'Give the service the right to read the file, then send its path again.',
  },
  { words: /\bloop\b/i, remedy: 'Let the link lead to a picture, or send the path of the picture itself.' },
  {
    words: /\b(cut|truncated|broken|end of the file)\b/i,
    remedy: 'Put a whole copy in its place and send its path again.',
    ofUpload: SEND_WHOLE,
  },
  { words: /\bseconds\b/i, remedy: 'Save it as a plain JPEG, and send that under another name.' },
  { words: /\bnot a\b.*\b(JPEG|picture)\b/i, remedy: 'Send the photo as JPEG, PNG or WebP, under another name.' },
]

/** A failure in sentences: what happened, what to do. */
export function adviceOn({ outcome, attempts, lastError, path }: Photo): string {
  if (outcome === 'EXHAUSTED') {
    return `The face service failed ${plural(attempts, 'time')} on this photo. When it is well again (see Status), send the photo in again, or run the retry job.`
  }
  const usual = outcome && USUAL[outcome]
  if (!usual) return 'The photo could not be looked at. Send it again under another name.'
  const reason = lastError === undefined ? usual.reason : inMegabytes(lastError)
  const cause = outcome === 'UNREADABLE' ? UNREADABLE.find(({ words }) => words.test(reason)) : undefined
  const remedy = (isUpload(path) ? cause?.ofUpload : undefined) ?? cause?.remedy ?? usual.remedy
  return `${sentence(reason)} ${remedy}`
}

const sentence = (text: string) => (/[.!?…]$/.test(text.trim()) ? text.trim() : `${text.trim()}.`)

/** People count the size of a file in megabytes; the service tells it in bytes, and whose variable the limit is. */
function inMegabytes(reason: string): string {
  return reason.replace(/has (\d{6,}) bytes; (\d{6,}) is the limit( \(\w+\))?/, (_all, bytes, limit) => {
    const [size, most] = [Number(bytes) / 1024 / 1024, Number(limit) / 1024 / 1024]
    // One byte above the limit must not read like the limit.
    const shown = size.toFixed(1) === most.toFixed(1) ? size.toFixed(6).replace(/0+$/, '') : size.toFixed(1)
    return `has ${shown} MB; ${Number(most.toFixed(1))} MB is the limit`
  })
}
