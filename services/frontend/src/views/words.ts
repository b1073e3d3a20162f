import { chip, type Html, html, type Shape, type Tone } from '@livepods/page'
import type { Outcome, Photo, PhotoState } from '../photo.ts'

const LOOKS: Record<PhotoState, { shape: Shape; tone: Tone }> = {
  pending: { shape: 'clock', tone: 'plain' },
  processing: { shape: 'half', tone: 'accent' },
  known: { shape: 'check', tone: 'good' },
  unknown: { shape: 'diamond', tone: 'warn' },
  failed: { shape: 'cross', tone: 'bad' },
}

export function stateChip(state: PhotoState): Html {
  return chip({ word: state, ...LOOKS[state] })
}

export const toneOf = (state: PhotoState): Tone => LOOKS[state].tone

/** A failure in two or three words. */
export const FAILURES: Partial<Record<Outcome, string>> = {
  NO_FACE: 'No face found',
  UNREADABLE: 'Not readable',
  MISSING: 'File missing',
  REFUSED: 'Path refused',
  EXHAUSTED: 'Gave up',
}

const ADVICE: Partial<Record<Outcome, string>> = {
  NO_FACE: 'No face was found on this photo. Send one on which the face is larger, upright and not covered.',
  UNREADABLE:
    'The file cannot be read as a picture. Send it as JPEG, PNG or WebP with at most 50 megapixels, or mend the file and send its path in again.',
  MISSING:
    'There was no file at this path. Put it there and send the path in again; the retry job looks again by itself, too.',
  REFUSED:
    'The path leads outside the folders of pictures. Put the file into the folder of submitted photos and send its path in there.',
}

/** A failure in sentences: what happened, what to do. */
export function adviceOn({ outcome, attempts }: Photo): string {
  if (outcome === 'EXHAUSTED') {
    return `The face service failed ${plural(attempts, 'time')} on this photo. When it is well again (see Chain), send the photo in again, or run the retry job.`
  }
  return (outcome && ADVICE[outcome]) || 'The photo could not be looked at. Send it again under another name.'
}

export const plural = (amount: number, one: string, many = `${one}s`) => `${amount} ${amount === 1 ? one : many}`

const LONGEST_NAME = 40

/** A person's name in a line of text: kept apart from it whatever script it is in, and not for ever long. */
export function nameOf(name: string): Html {
  const short = shortened(name, LONGEST_NAME)
  return html`<bdi${short !== name && html` title="${name}"`}>${short}</bdi>`
}

/** Where it stands what happens when something dies, hangs or is slow. */
export function failuresLink(url: string | undefined): Html {
  const where = url ? html`<a href="${url}">What happens when something fails</a>` : html`<code>docs/failures.md</code>`
  return html`${where}${url ? '' : ' tells what happens when something fails'}: what is lost (nothing), and when it heals.`
}

/** The last part of a path. */
export const fileName = (path: string) => path.slice(path.lastIndexOf('/') + 1) || path

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' })

/** The first `most` characters as a person counts them, with an ellipsis when there are more. */
export function shortened(text: string, most: number): string {
  const kept: string[] = []
  for (const { segment } of graphemes.segment(text)) {
    if (kept.length === most) return `${kept.slice(0, -1).join('')}…`
    kept.push(segment)
  }
  return text
}

export const distanceText = (distance: number) => distance.toFixed(2)
