import { durationText, relativeTime } from '../assets/relative-time.js'
import { type Html, html } from './html.ts'

export { durationText }

/** A moment that something waits for: once it is past it reads "now". */
export function until(at: Date, now = new Date()): Html {
  return timeElement(at, Math.max(0, at.getTime() - now.getTime()), html` data-until`)
}

/** A moment as seen from now ("3 s ago"; the page's script keeps it true), with the moment itself in the title. */
export function time(at: Date, now = new Date()): Html {
  return timeElement(at, at.getTime() - now.getTime())
}

function timeElement(at: Date, fromNowMs: number, mark?: Html): Html {
  const iso = at.toISOString()
  return html`<time datetime="${iso}"${mark} title="${iso.replace('T', ' ').replace('Z', ' UTC')}">${relativeTime(fromNowMs)}</time>`
}
