import { fetchPage, live } from '../page/live.js'
import { busy, swapChildren } from '../page/swap.js'

const AT_MOST_EVERY_MS = 1500

const people = /** @type {HTMLElement} */ (document.querySelector('#people'))
let waiting = false
let askedAt = Number.NEGATIVE_INFINITY

const refresh = async () => {
  const wanted = (await fetchPage()).querySelector('#people')
  // What somebody is writing is not taken out of their hands.
  if (wanted) swapChildren(people, wanted, { keep: busy })
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

people.addEventListener('change', soon)
people.addEventListener('focusout', soon)
live({ on: { people: soon }, refresh })
