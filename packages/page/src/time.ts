import { durationText, relativeTime } from '../assets/relative-time.js'
import { type Html, html } from './html.ts'

export { durationText }

/** A moment as seen from now ("3 s ago"; the page's script keeps it true), with the moment itself in the title. */
export function time(at: Date, now = new Date()): Html {
  const iso = at.toISOString()
  return html`<time datetime="${iso}" title="${iso.replace('T', ' ').replace('Z', ' UTC')}">${relativeTime(at.getTime() - now.getTime())}</time>`
}
