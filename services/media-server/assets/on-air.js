import { fetchPage, live } from '../page/live.js'
import { elementOf, swapChildren } from '../page/swap.js'

const PREVIEW_EVERY_MS = 5000

/** @param {Element | null | undefined} list */
function show(list) {
  const present = document.querySelector('#streams')
  if (present && list) swapChildren(present, list)
}

live({
  on: { streams: (/** @type {string} */ html) => show(elementOf(html)) },
  refresh: async () => show((await fetchPage())?.querySelector('#streams')),
})

/**
 * Loads the newest picture behind the one that is shown, which stays until then.
 * @param {HTMLVideoElement} shown
 */
function renew(shown) {
  const next = /** @type {HTMLVideoElement} */ (shown.cloneNode())
  next.muted = true
  next.addEventListener('loadeddata', () => shown.replaceWith(next))
  next.load()
}

/** @param {Element} element */
function isInView(element) {
  const { top, bottom } = element.getBoundingClientRect()
  return bottom > 0 && top < innerHeight
}

setInterval(() => {
  if (document.hidden) return
  for (const video of document.querySelectorAll('.preview video'))
    if (isInView(video)) renew(/** @type {HTMLVideoElement} */ (video))
}, PREVIEW_EVERY_MS)
