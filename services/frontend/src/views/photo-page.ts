import { type Frame, type Html, html, layout } from '@livepods/page'
import type { Person, Photo } from '@livepods/photo-api'
import type { ShownChange } from '../people/people-store.ts'
import { labelOf } from '../photo.ts'
import { linkedBoxes } from './boxes.ts'
import { title } from './card.ts'
import { faceList } from './face-list.ts'
import { history } from './history.ts'
import { notice } from './notice.ts'
import { verdict } from './verdict.ts'
import { nameList } from './who.ts'
import { fileName, plural, stateChip } from './words.ts'

export interface PhotoPage {
  threshold: number
  /** Whom a face may be. */
  names: Person[]
  /** On how many photos the groups of its faces are. */
  groups: ReadonlyMap<string, number>
  change: ShownChange | undefined
  /** Who looks may change people. */
  mayChange: boolean
  /** Why the face service cannot be used. */
  fault: string | undefined
}

export function photoPage(frame: Frame, photo: Photo, page: PhotoPage): Html {
  const { id, path, faces, truncated, incomplete, moreFaces } = photo
  const { names, change, mayChange } = page
  return layout(frame, {
    title: `Photo ${id}`,
    current: '/',
    styles: ['frontend/photos.css', 'frontend/photo.css', 'frontend/people.css'],
    scripts: ['frontend/photo.js'],
    live: '/events',
    body: html`<p class="trail"><a href="/">Photos</a> <span aria-hidden="true">/</span> ${id}</p>
${notice(change, mayChange ? `/photos/${id}` : undefined, page.fault)}
<article id="photo" class="detail" data-id="${id}">
<div class="stage" id="stage"><span class="frame"><img src="/photos/${id}/picture" alt="${fileName(path)}">${faces.length > 0 && linkedBoxes(faces)}</span></div>
<div class="beside" id="beside">
<h1>${title(photo)}</h1>
<p class="verdict">${stateChip(labelOf(photo))} ${verdict(photo, page)}</p>${
      truncated &&
      html`
<p class="verdict">The file is cut off: its end is missing. Faces in the missing part were not found; send the whole file to have them found.</p>`
    }${
      moreFaces > 0 &&
      html`
<p class="verdict">${plural(moreFaces, 'more face')}, the smallest, ${moreFaces === 1 ? 'was' : 'were'} found and left out; <code>MAX_FACES</code> of face-recognition says how many a photo has at most.</p>`
    }${
      incomplete &&
      html`
<p class="verdict">There may be small faces that were not found: the time for one photo was over before all of it was searched.</p>`
    }
${faces.length > 0 && html`<section><h2>Faces</h2>${faceList(photo, page)}</section>`}
<section><h2>History</h2>${history(photo)}</section>
<section><h2>File</h2><p class="path"><code><bdi>${path}</bdi></code></p></section>
</div>
</article>${mayChange && faces.length > 0 && nameList(names)}`,
  })
}
