import type { Identified } from '../engine/identifier.ts'
import type { Photo } from './photos.ts'

/** What became of one photo. */
export type Result = { photo: Photo } & ({ identified: Identified } | { fault: string })

/** One line of JSON; boxes in pixels of the upright photo. */
export function jsonOf(result: Result): string {
  const photo = result.photo.path
  if ('fault' in result) return JSON.stringify({ photo, outcome: 'unreadable', detail: result.fault })
  const { width, height, faces, truncated, incomplete, moreFaces } = result.identified
  const outcome = faces.length === 0 ? 'no_face' : faces.some((face) => face.identified) ? 'identified' : 'unidentified'
  return JSON.stringify({
    photo,
    outcome,
    width,
    height,
    ...(truncated && { truncated }),
    ...(incomplete && { incomplete }),
    ...(moreFaces && { moreFaces }),
    faces: faces.map(({ box, score, quality, identified, nearest, runnerUp }) => ({
      person: identified ? nearest?.person : null,
      box: {
        left: Math.round(box.x * width),
        top: Math.round(box.y * height),
        width: Math.round(box.width * width),
        height: Math.round(box.height * height),
      },
      score,
      quality,
      nearest: nearest ?? null,
      runnerUp: runnerUp ?? null,
    })),
  })
}

const PERSON_WIDTH = 24

/** Rows of a table whose first column is as wide as the longest photo's name. */
export class Table {
  readonly #photoWidth: number

  constructor(photos: Photo[]) {
    this.#photoWidth = Math.min(48, Math.max('photo'.length, ...photos.map(({ name }) => shown(name).length)))
  }

  get head(): string {
    return this.#row('photo', 'person', 'distance', 'known image')
  }

  /** A row for each face, largest first, or one that says why there is none. */
  rows(result: Result): string[] {
    const { name } = result.photo
    if ('fault' in result) return [this.#row(name, `! ${result.fault}`)]
    const { faces } = result.identified
    if (faces.length === 0) return [this.#row(name, '- no face')]
    return faces.map(({ identified, nearest }) => {
      const person = identified && nearest ? nearest.person : 'unknown'
      const distance = nearest ? nearest.distance.toFixed(3) : ''
      return this.#row(name, person, distance, nearest ? `${identified ? '' : 'nearest: '}${nearest.imageName}` : '')
    })
  }

  #row(photo: string, person: string, distance = '', knownImage = ''): string {
    const cells = [
      shown(photo).padEnd(this.#photoWidth),
      shown(person).padEnd(PERSON_WIDTH),
      distance.padStart(8),
      shown(knownImage),
    ]
    return cells.join('  ').trimEnd()
  }
}

/** A file's name may hold what a terminal obeys. */
function shown(text: string): string {
  return text.replace(/\p{Cc}/gu, '?')
}
