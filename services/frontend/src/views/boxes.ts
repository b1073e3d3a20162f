import { type Html, html } from '@livepods/page'
import type { Face } from '../photo.ts'
import { distanceText, shortened } from './words.ts'

/** A group photo is a picture of many, not a wall of names. */
const MOST_NAMES = 6

/**
 * Boxes and names over a picture, as an SVG without a view box: percentages are of the picture, letters keep their shape. Known faces
 * have a solid line and a name under it, others a dashed line.
 */
export function boxes(faces: Face[]): Html | undefined {
  if (faces.length === 0) return undefined
  const names = faces.filter(({ known }) => known).length <= MOST_NAMES
  return html`<svg class="boxes" aria-hidden="true">${faces.map((face) => [box(face), names && face.known && name(face, 14)])}</svg>`
}

/** The same, each box a link to the face's place in the list. */
export function linkedBoxes(faces: Face[]): Html {
  return html`<svg class="boxes" role="group" aria-label="Faces on the photo">${faces.map(
    (face, index) =>
      html`<a href="#face-${face.id}" aria-label="Face ${index + 1}: ${describe(face)}">${box(face)}${face.known ? name(face, 28) : number(face, index)}</a>`,
  )}</svg>`
}

export function describe({ known, nearest }: Face): string {
  if (!known || !nearest) return 'not known'
  return nearest.distance === undefined ? nearest.name : `${nearest.name}, distance ${distanceText(nearest.distance)}`
}

function box({ x, y, width, height, known }: Face): Html {
  return html`<rect class="${known ? 'box' : 'box stranger'}" x="${percent(x)}" y="${percent(y)}" width="${percent(width)}" height="${percent(height)}" rx="3"/>`
}

function name(face: Face, most: number): Html {
  return label(face, shortened(face.nearest?.name ?? '', most))
}

function number(face: Face, index: number): Html {
  return label(face, String(index + 1))
}

/** Under the box, or inside its lower edge where there is no room under it. */
function label({ x, y, width, height }: Face, text: string): Html {
  const bottom = y + height
  return html`<text x="${percent(x + width / 2)}" y="${percent(Math.min(bottom, 1))}" dy="${bottom > 0.9 ? '-0.4em' : '1.15em'}">${text}</text>`
}

function percent(fraction: number): string {
  return `${Math.round(Math.max(-1, Math.min(2, fraction)) * 10_000) / 100}%`
}
