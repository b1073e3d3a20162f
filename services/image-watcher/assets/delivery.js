import { fetchPage, live } from '../page/live.js'
import { swapChildren } from '../page/swap.js'

/** The page as it is now, in place of what it was. */
async function refresh() {
  const next = (await fetchPage()).querySelector('#delivery')
  const present = document.querySelector('#delivery')
  if (next && present) swapChildren(present, next)
}

live({ on: { reload: refresh }, refresh })
