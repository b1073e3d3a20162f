import { type Html, html, time, until } from '@livepods/page'
import type { Photo } from '@livepods/photo-api'
import { isPoor, peopleOf } from '../photo.ts'
import { adviceOn } from './advice.ts'
import { distanceText, nameOf, plural } from './words.ts'

/** What became of the photo and what to do next, in a sentence or two. */
export function verdict(
  photo: Photo,
  { threshold, mayChange }: { threshold: number; mayChange: boolean },
): Html | string {
  const { state, faces, claimedBy, claimedAt, dueAt, attempts, lastError } = photo
  const people = peopleOf(photo)
  switch (state) {
    case 'pending':
      // It was looked at, and nobody counts that as an attempt.
      if (attempts === 0 && lastError)
        return html`<bdi>${lastError}</bdi> The next look is due ${dueAt ? until(dueAt) : 'soon'}. Nothing is to be done.`
      if (attempts === 0) return 'It waits for its turn; nothing is to be done.'
      return html`The last try failed; the next one is due ${dueAt ? until(dueAt) : 'soon'}. Nothing is to be done.`
    case 'processing':
      return html`${claimedBy ? html`<bdi>${claimedBy}</bdi> looks at it` : 'It is being looked at'}${claimedAt && html`, begun ${time(claimedAt)}`}.`
    case 'no-face':
    case 'failed':
      return adviceOn(photo)
    case 'unidentified': {
      const nearest = faces.flatMap((face) => face.nearest?.distance ?? []).sort((a, b) => a - b)[0]
      const found = faces.length > 0 ? plural(faces.length, 'face') : 'A face'
      if (faces.length > 0 && faces.every(isPoor))
        return html`${found}, too small or too blurred to tell who ${faces.length === 1 ? 'it is' : 'they are'}.${mayChange && ' Say it below.'}`
      return html`${found}, none near enough to a known person${
        nearest !== undefined && ` (nearest ${distanceText(nearest)}, threshold ${distanceText(threshold)})`
      }.${mayChange && ' Say below who it is, and every photo of the same face says so too.'}`
    }
    case 'identified': {
      const strangers = faces.filter(({ known }) => !known).length
      const shown = people.map(({ name, distance }, index) => [
        index > 0 && (index === people.length - 1 ? ' and ' : ', '),
        html`${nameOf(name)}${distance !== undefined && ` (${distanceText(distance)})`}`,
      ])
      if (people.length === 0) return 'A person was recognised who is no longer among the known people.'
      return html`${shown} ${people.length === 1 ? 'was' : 'were'} recognised${strangers > 0 && `; ${plural(strangers, 'face')} more ${strangers === 1 ? 'is' : 'are'} not known`}.`
    }
  }
}
