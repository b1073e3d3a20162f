import { fetchPage, live } from '../page/live.js'
import { elementOf, swapChildren } from '../page/swap.js'

/** @param {Element | null} wanted */
const show = (wanted) => {
  const present = document.querySelector('#processes')
  if (present && wanted) swapChildren(present, wanted)
}

live({
  on: { processes: (html) => show(elementOf(html)) },
  refresh: async () => show((await fetchPage()).querySelector('#processes')),
})
