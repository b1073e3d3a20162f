import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Outcome } from '@livepods/photo'
import type { Photo } from '@livepods/photo-api'
import { adviceOn } from '../src/views/advice.ts'

function photo(outcome: Outcome, lastError?: string, path = 'a.jpg'): Photo {
  const at = new Date()
  return {
    ...{
      id: '1',
      path,
      status: 'FAILED',
      state: 'failed',
      final: true,
      outcome,
      person: undefined,
      attempts: 2,
      rounds: 0,
      claimedBy: undefined,
    },
    ...{ dueAt: undefined, claimedAt: undefined, finishedAt: at, lastError, createdAt: at, updatedAt: at, faces: [] },
    ...{ truncated: false, incomplete: false, moreFaces: 0 },
  }
}

const upload = `uploads/${'a'.repeat(64)}.jpg`
const sentences: [outcome: Outcome, lastError: string | undefined, said: RegExp, path?: string][] = [
  [
    'UNREADABLE',
    'HEIC cannot be decoded here: send a JPEG, PNG, WebP or AVIF.',
    /^HEIC cannot .* Save the photo as JPEG/,
  ],
  [
    'UNREADABLE',
    'The path names a folder, not a picture.',
    /a folder, not a picture\. Send the path of a picture in it\.$/,
  ],
  ['UNREADABLE', 'The path names a pipe or a device, not a picture.', /a pipe .* as a plain file/],
  ['UNREADABLE', 'The path names a socket, not a picture.', /a socket.* as a plain file/],
  ['UNREADABLE', 'The file is empty.', /is empty\. Write the whole picture to it, then send its path again\.$/],
  [
    'UNREADABLE',
    'The picture has 27262976 bytes; 26214400 is the limit (IMAGE_MAX_MEGABYTES).',
    /^The picture has 26\.0 MB; 25 MB is the limit\. Save it smaller/,
  ],
  [
    'UNREADABLE',
    'The picture has 26214401 bytes; 26214400 is the limit (IMAGE_MAX_MEGABYTES).',
    /^The picture has 25\.000001 MB; 25 MB is the limit\. /,
  ],
  ['UNREADABLE', 'The picture has more than 50 million pixels.', /million pixels\. Save it with fewer pixels/],
  ['UNREADABLE', 'The picture may not be read by this service.', /may not be read .* the right to read the file/],
  ['UNREADABLE', 'The path is a loop of links.', /loop of links\. Let the link lead to a picture/],
  [
    'UNREADABLE',
    'The picture is broken or cut off.',
    /cut off\. Put a whole copy in its place and send its path again/,
  ],
  ['UNREADABLE', 'The picture is broken or cut off.', /cut off\. Send the photo again, whole\.$/, upload],
  ['UNREADABLE', 'The picture could not be decoded within 20 seconds.', /20 seconds\. Save it as a plain JPEG/],
  ['UNREADABLE', 'The file is not a JPEG, PNG, WebP, GIF, TIFF or AVIF.', /AVIF\. Send the photo as JPEG, PNG or WebP/],
  ['UNREADABLE', 'disk on fire', /^disk on fire\. Send it as JPEG, PNG or WebP with at most/],
  ['UNREADABLE', undefined, /^The file cannot be read as a picture\. Send it as JPEG/],
  ['MISSING', undefined, /^There was no file at this path\. Put it there and send its path again/],
  ['MISSING', 'There is no such picture.', /^There is no such picture\. Put it there and send its path again/],
  ['REFUSED', 'The path contains a backslash.', /^The path contains a backslash\. Put the file into the folder/],
  [
    'NO_FACE',
    'There is no face on the picture.',
    /^There is no face on the picture\. Send one on which the face is larger/,
  ],
  ['EXHAUSTED', 'UNAVAILABLE: HEIC', /^The face service failed 2 times/],
]
for (const [outcome, lastError, said, path] of sentences) {
  test(`${outcome}, ${lastError}${path ? ', sent as bytes' : ''}: the page says that, and what helps against it`, () => {
    assert.match(adviceOn(photo(outcome, lastError, path)), said)
  })
}
