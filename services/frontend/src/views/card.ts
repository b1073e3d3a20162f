import { durationText, type Html, html, time } from '@livepods/page'
import type { Photo } from '@livepods/photo-api'
import { durationOf, labelOf, peopleOf } from '../photo.ts'
import { boxes } from './boxes.ts'
import { distanceText, FAILURES, fileName, nameOf, plural, stateChip } from './words.ts'

const MOST_NAMES = 4

/** At least as wide as any: what is larger than its tile is made smaller. Two columns on a phone, more elsewhere. */
const WIDTH_OF_A_TILE = '(max-width: 600px) 50vw, 235px'

/** A photo in the grid. */
export function card(photo: Photo): Html {
  const { id, path, faces, attempts, createdAt } = photo
  const label = labelOf(photo)
  const distance = peopleOf(photo)[0]?.distance ?? strangerDistance(photo)
  const duration = durationOf(photo)
  return html`<li id="photo-${id}" class="card photo" data-state="${label}">
<div class="tile"><span class="frame"><img src="/photos/${id}/thumbnail" srcset="/photos/${id}/thumbnail?size=240 240w, /photos/${id}/thumbnail 480w" sizes="${WIDTH_OF_A_TILE}" alt="" loading="lazy" decoding="async"${label !== 'failed' && html` data-keep`}>${boxes(faces)}</span></div>
<h2><a href="/photos/${id}">${title(photo)}</a></h2>
<p class="facts">${stateChip(label)}${distance !== undefined && html`<span title="distance of the nearest person">${distanceText(distance)}</span>`}${
    duration !== undefined && html`<span title="from claimed to finished">${durationText(duration)}</span>`
  }${attempts > 1 && html`<span>${attempts} attempts</span>`}</p>
<p class="source"><span title="${path}"><bdi>${fileName(path)}</bdi></span> ${time(createdAt)}</p>
</li>`
}

/** Who or what the photo shows, in a few words. */
export function title(photo: Photo): Html | string {
  const people = peopleOf(photo)
  switch (photo.state) {
    case 'pending':
      return photo.attempts > 0 ? 'Waiting for another try' : 'Waiting'
    case 'processing':
      return 'Being looked at'
    case 'no-face':
    case 'failed':
      return (photo.outcome && FAILURES[photo.outcome]) || 'Failed'
    case 'unidentified':
      return photo.faces.length === 0 ? 'Nobody known' : plural(photo.faces.length, 'unknown face')
    case 'identified': {
      if (people.length === 0) return 'Known'
      const more = people.length - MOST_NAMES
      const names = people.slice(0, MOST_NAMES).map(({ name }, index) => html`${index > 0 && ', '}${nameOf(name)}`)
      return html`${names}${more > 0 && ` and ${more} more`}`
    }
  }
}

/** How far the nearest known person is from anybody on a photo on which nobody is known. */
function strangerDistance({ state, faces }: Photo): number | undefined {
  const distances = state === 'unidentified' ? faces.flatMap(({ nearest }) => nearest?.distance ?? []) : []
  return distances.length > 0 ? Math.min(...distances) : undefined
}
