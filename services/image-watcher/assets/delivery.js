import { fetchPage, live } from '../page/live.js'
import { swapChildren } from '../page/swap.js'

/** The page as it is now, in place of what it was. */
async function refresh() {
  const next = (await fetchPage())?.querySelector('#delivery')
  const present = document.querySelector('#delivery')
  if (!next || !present) return
  const cards = present.querySelector('.workloads')
  const wanted = next.querySelector('.workloads')
  // Card by card first: whoever is at a button of one stays there when another changes.
  if (cards && wanted) swapChildren(cards, /** @type {Element} */ (wanted.cloneNode(true)))
  swapChildren(present, next)
}

live({ on: { reload: refresh }, refresh })
