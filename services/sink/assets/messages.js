import { fetchPage, live } from '../page/live.js'
import { elementOf, swapChildren } from '../page/swap.js'

/** @param {Element | null | undefined} wanted */
function show(wanted) {
  for (const section of wanted?.children ?? []) {
    const lists = ['.ways', '.streams'].map((list) => [
      document.querySelector(`#${section.id} ${list}`),
      section.querySelector(list),
    ])
    for (const [present, next] of lists) if (present && next) swapChildren(present, next)
  }
}

live({
  on: { messages: (/** @type {string} */ html) => show(elementOf(html)) },
  refresh: async () => show((await fetchPage())?.querySelector('#messages')),
})
