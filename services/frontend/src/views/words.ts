import { chip, type Html, html, type Shape, type Tone } from '@livepods/page'
import type { Outcome } from '@livepods/photo'
import type { Label } from '../photo.ts'

const LOOKS: Record<Label, { shape: Shape; tone: Tone }> = {
  pending: { shape: 'clock', tone: 'plain' },
  processing: { shape: 'half', tone: 'accent' },
  known: { shape: 'check', tone: 'good' },
  unknown: { shape: 'diamond', tone: 'warn' },
  failed: { shape: 'cross', tone: 'bad' },
}

export function stateChip(label: Label): Html {
  return chip({ word: label, ...LOOKS[label] })
}

export const toneOf = (label: Label): Tone => LOOKS[label].tone

/** A failure in two or three words. */
export const FAILURES: Partial<Record<Outcome, string>> = {
  NO_FACE: 'No face found',
  UNREADABLE: 'Not readable',
  MISSING: 'File missing',
  REFUSED: 'Path refused',
  EXHAUSTED: 'Gave up',
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
