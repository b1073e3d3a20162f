import { type Html, html } from '@livepods/page'
import type { Face } from '@livepods/photo-api'
import { type Label, labels } from './labels.ts'
import { distanceText } from './words.ts'

/**
 * Boxes and names over a thumbnail, as an SVG without a view box: percentages are of the picture, letters keep their shape. Known
 * faces have a solid line and a name where there is room for it, others a dashed line.
 */
export function boxes(faces: Face[]): Html | undefined {
  if (faces.length === 0) return undefined
  const known = faces.filter((face) => face.known)
  const names = labels(
    known.map((face) => ({ face, text: face.nearest?.name ?? '' })),
    { width: 180, height: 135, letter: 6.4, line: 14 },
  )
  return html`<svg class="boxes" aria-hidden="true">${faces.map(box)}${names.map(label)}</svg>`
}

/** The same over the large picture, each box a link to the face's place in the list. */
export function linkedBoxes(faces: Face[]): Html {
  const named = faces.map((face, index) => ({ face, text: (face.known && face.nearest?.name) || String(index + 1) }))
  const names = labels(named, { width: 400, height: 320, letter: 8.6, line: 18 })
  return html`<svg class="boxes" role="group" aria-label="Faces on the photo">${faces.map(
    (face, index) =>
      html`<a href="#face-${face.id}" aria-label="Face ${index + 1}: ${describe(face)}">${box(face)}${names.filter((name) => name.face === face).map(label)}</a>`,
  )}</svg>`
}

export function describe({ known, nearest }: Face): string {
  if (!known || !nearest) return 'not known'
  return nearest.distance === undefined ? nearest.name : `${nearest.name}, distance ${distanceText(nearest.distance)}`
}

function box({ x, y, width, height, known }: Face): Html {
  return html`<rect class="${known ? 'box' : 'box stranger'}" x="${percent(x)}" y="${percent(y)}" width="${percent(width)}" height="${percent(height)}" rx="3"/>`
}

function label({ x, y, inside, text }: Label): Html {
  return html`<text x="${percent(x)}" y="${percent(y)}" dy="${inside ? '-0.4em' : '1.15em'}">${text}</text>`
}

function percent(fraction: number): string {
  return `${Math.round(Math.max(-1, Math.min(2, fraction)) * 10_000) / 100}%`
}
