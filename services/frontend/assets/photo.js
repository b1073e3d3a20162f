import { fetchPage, live } from '../page/live.js'
import { busy, swapChildren } from '../page/swap.js'

const photo = /** @type {HTMLElement} */ (document.querySelector('#photo'))

const refresh = async () => {
  const wanted = (await fetchPage()).querySelector('#photo')
  // What somebody is writing is not taken out of their hands.
  if (wanted) swapChildren(photo, wanted, { keep: busy })
  select()
}

/** Marks the box of the face that the address names. */
const select = () => {
  for (const link of photo.querySelectorAll('.boxes a')) {
    if (link.getAttribute('href') === location.hash) link.setAttribute('aria-current', 'true')
    else link.removeAttribute('aria-current')
  }
}

photo.addEventListener('focusout', () => setTimeout(() => refresh().catch(() => {})))
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
