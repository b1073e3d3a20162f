import { fetchPage, live } from '../page/live.js'

/** The page as it is now, in place of what it was. */
async function refresh() {
  const next = (await fetchPage())?.querySelector('#compute')
  if (next) document.querySelector('#compute')?.replaceWith(next)
}

live({ on: { reload: refresh }, refresh })
