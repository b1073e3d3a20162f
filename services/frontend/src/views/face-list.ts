import { type Html, html } from '@livepods/page'
import type { Face, Photo } from '@livepods/photo-api'
import { isPoor } from '../photo.ts'
import { notForm, seenOn, whoForm } from './who.ts'
import { distanceText, nameOf, plural } from './words.ts'

/** Every face with its best match, how far away that is, and who came second. */
export function faceList(
  { id, faces, dueAt }: Photo,
  { threshold, groups, mayChange }: { threshold: number; groups: ReadonlyMap<string, number>; mayChange: boolean },
): Html {
  return html`<ol class="faces">${faces.map((face, index) => item(id, face, index, { threshold, photos: groups.get(face.group ?? '') ?? 1, mayChange: mayChange && !dueAt }))}</ol>`
}

interface Around {
  threshold: number
  /** On so many photos the face's group is. */
  photos: number
  /** Who looks may change people, and nobody works on the photo. */
  mayChange: boolean
}

function item(photo: string, face: Face, index: number, { threshold, photos, mayChange }: Around): Html {
  const { nearest, runnerUp, known, decided, score } = face
  return html`<li id="face-${face.id}" class="face" tabindex="-1">
<img src="/photos/${photo}/faces/${face.id}" alt="" width="64" height="64" loading="lazy">
<div>
<h3><span class="muted">${index + 1}</span> ${known && nearest ? nameOf(nearest.name) : 'Not known'}</h3>
<p class="muted">${sentence(face)} · score ${score.toFixed(2)}</p>
${nearest?.distance !== undefined && distanceBar(nearest.distance, runnerUp?.distance, threshold)}
${runnerUp?.distance !== undefined && html`<p class="muted">Runner-up ${nameOf(runnerUp.name)} ${distanceText(runnerUp.distance)}</p>`}
${decided && html`<p class="muted">${known ? 'Named by a person.' : 'A person said so.'}</p>`}
${!known && isPoor(face) && html`<p class="muted">Too small or too blurred to be compared well.</p>`}
${!known && photos > 1 && html`<p class="muted">Looks the same on ${plural(photos, 'photo')}.</p>`}
${mayChange && actions(photo, face, photos)}
</div>
</li>`
}

/** What a person may say: in sight where nobody is known, folded away where a name is. */
function actions(photo: string, face: Face, photos: number): Html {
  const back = `/photos/${photo}`
  if (!face.known) {
    return html`<div class="actions">${whoForm({ photo, face: face.id, back, label: 'Who is this?', seen: seenOn(face) })}${photos > 1 && notForm({ photo, face, back })}</div>`
  }
  return html`<details id="actions-${face.id}"><summary>Is that wrong?</summary><div class="actions">${notForm({ photo, face, back })}${whoForm({ photo, face: face.id, back, label: 'It is', seen: seenOn(face) })}</div></details>`
}

function sentence({ nearest, known, decided }: Face): Html | string {
  if (!nearest) return decided ? 'Not compared' : 'Nobody is known to compare it with'
  if (decided && nearest.distance === undefined) return 'No distance'
  const distance = nearest.distance === undefined ? '' : distanceText(nearest.distance)
  return known ? html`Distance ${distance}` : html`Nearest is ${nameOf(nearest.name)} at ${distance}`
}

/** The largest distance that the bar shows; beyond it two faces have nothing in common. */
const FULL = 1.2
const WIDTH = 240

/** From 0 (the same picture) to the right: nearest as a bar, the threshold as a line, the runner-up as a ring. */
function distanceBar(distance: number, runnerUp: number | undefined, threshold: number): Html {
  const at = (value: number) => (Math.min(1, value / FULL) * WIDTH).toFixed(1)
  const near = distance <= threshold
  const label = `Distance ${distanceText(distance)}, ${near ? 'within' : 'beyond'} the threshold ${distanceText(threshold)}`
  return html`<svg class="distance" viewBox="0 0 ${WIDTH} 24" role="img" aria-label="${label}">
<rect class="track" x="0" y="4" width="${WIDTH}" height="6" rx="3"/>
<rect class="fill ${near ? 'good' : 'warn'}" x="0" y="4" width="${at(distance)}" height="6" rx="3"/>
${runnerUp !== undefined && html`<circle class="second" cx="${at(runnerUp)}" cy="7" r="3.5"/>`}
<line class="limit" x1="${at(threshold)}" x2="${at(threshold)}" y1="0" y2="14"/>
<text x="${at(threshold)}" y="23">${distanceText(threshold)}</text>
</svg>`
}
