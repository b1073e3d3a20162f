import { fetchPage, live } from '../page/live.js'
import { swapChildren } from '../page/swap.js'

let asked = 0

/** The page as it is now, in place of what it was. */
async function refresh() {
  const turn = ++asked
  const next = (await fetchPage()).querySelector('#delivery')
  // A later answer may have come sooner.
  if (turn !== asked) return
  const present = document.querySelector('#delivery')
  if (!next || !present) return
  const cards = present.querySelector('.workloads')
  const wanted = next.querySelector('.workloads')
  // Card by card first: whoever is at a button of one stays there when another changes.
  if (cards && wanted) swapChildren(cards, /** @type {Element} */ (wanted.cloneNode(true)))
  swapChildren(present, next)
}

live({ on: { reload: refresh }, refresh })
