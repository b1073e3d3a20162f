import { type Html, html } from './html.ts'

export type Tone = 'plain' | 'accent' | 'good' | 'warn' | 'bad'
export type Shape = keyof typeof SHAPES

/** A state as a word and a shape; the colour only repeats what they say. */
export function chip({ word, shape, tone }: { word: string; shape: Shape; tone: Tone }): Html {
  return html`<span class="chip ${tone}"><svg viewBox="0 0 12 12" width="12" height="12" aria-hidden="true">${SHAPES[shape]}</svg>${word}</span>`
}

const SHAPES = {
  clock: html`<circle cx="6" cy="6" r="4.75" class="stroke"/><path d="M6 3.25V6l1.75 1.25" class="stroke"/>`,
  half: html`<circle cx="6" cy="6" r="4.75" class="stroke"/><path d="M6 1.25a4.75 4.75 0 0 1 0 9.5z" class="fill"/>`,
  check: html`<circle cx="6" cy="6" r="5.5" class="fill"/><path d="M3.4 6.2 5.2 8l3.4-3.9" class="cut"/>`,
  diamond: html`<path d="M6 .9 11.1 6 6 11.1.9 6z" class="stroke"/><circle cx="6" cy="6" r="1.2" class="fill"/>`,
  cross: html`<path d="M6 .4 11.9 11.2H.1z" class="fill"/><path d="M6 4v3.4M6 8.9v.6" class="cut"/>`,
  dot: html`<circle cx="6" cy="6" r="4.5" class="fill"/>`,
  ring: html`<circle cx="6" cy="6" r="4.25" class="stroke"/>`,
}
