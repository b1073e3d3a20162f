import { fetchPage, live } from '../page/live.js'
import { busy, swapChildren } from '../page/swap.js'

const AT_MOST_EVERY_MS = 1500

const people = /** @type {HTMLElement} */ (document.querySelector('#people'))
let waiting = false
let withheld = false
let askedAt = Number.NEGATIVE_INFINITY

// What somebody is writing is not taken out of their hands.
const keep = (/** @type {Element} */ part) => {
  const kept = busy(part)
  withheld ||= kept
  return kept
}

const refresh = async () => {
  const wanted = (await fetchPage())?.querySelector('#people')
  if (!wanted) return
  withheld = false
  swapChildren(people, wanted, { keep })
}

const soon = () => {
  if (waiting) return
  waiting = true
  setTimeout(
    () => {
      waiting = false
      askedAt = performance.now()
      void refresh().catch(() => {})
    },
    Math.max(0, askedAt + AT_MOST_EVERY_MS - performance.now()),
  )
}

people.addEventListener('focusout', () => withheld && soon())
live({ on: { people: soon }, refresh })
