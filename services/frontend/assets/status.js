import { fetchPage, live } from '../page/live.js'
import { elementOf, swapChildren } from '../page/swap.js'

/** @param {Element | null | undefined} wanted */
const show = (wanted) => {
  const present = document.querySelector('#pipeline')
  if (!present || !wanted) return
  for (const part of ['#summary', '#health', '#processes']) {
    const [old, next] = [present.querySelector(part), wanted.querySelector(part)]
    if (old && next) swapChildren(old, next)
  }
}

live({
  on: { processes: (html) => show(elementOf(html)) },
  refresh: async () => show((await fetchPage())?.querySelector('#pipeline')),
})
