import { fetchPage, live } from '../page/live.js'
import { elementOf, swapChildren } from '../page/swap.js'

/** @param {Element | null} list */
function show(list) {
  const present = document.querySelector('#streams')
  if (present && list) swapChildren(present, list)
}

live({
  on: { streams: (/** @type {string} */ html) => show(elementOf(html)) },
  refresh: async () => show((await fetchPage()).querySelector('#streams')),
})
