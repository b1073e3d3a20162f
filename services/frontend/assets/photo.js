import { fetchPage, live } from '../page/live.js'
import { busy, swapChildren } from '../page/swap.js'

const photo = /** @type {HTMLElement} */ (document.querySelector('#photo'))

let withheld = false

// What somebody is writing is not taken out of their hands.
const keep = (/** @type {Element} */ part) => {
  const kept = busy(part)
  withheld ||= kept
  return kept
}

const refresh = async () => {
  const wanted = (await fetchPage())?.querySelector('#photo')
  if (!wanted) return
  withheld = false
  swapChildren(photo, wanted, { keep })
  select()
}

/** Marks the box of the face that the address names. */
const select = () => {
  for (const link of photo.querySelectorAll('.boxes a')) {
    if (link.getAttribute('href') === location.hash) link.setAttribute('aria-current', 'true')
    else link.removeAttribute('aria-current')
  }
}

photo.addEventListener('focusout', () => withheld && setTimeout(() => refresh().catch(() => {}), 500))
addEventListener('hashchange', select)
select()
live({
  on: {
    photos: (changed) => {
      if (changed.some(({ id }) => id === photo.dataset.id)) void refresh().catch(() => {})
    },
  },
  refresh,
})
