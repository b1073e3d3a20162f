import { fetchPage, live } from '../page/live.js'
import { elementOf, swap, swapChildren } from '../page/swap.js'

/** As many as the server puts on a page. */
const MOST = 48

const grid = /** @type {HTMLElement} */ (document.querySelector('#grid'))
const { state: wantedState, person: wantedPerson } = grid.dataset
const isFirstPage = 'first' in grid.dataset

const fits = ({ state, people }) =>
  (!wantedState || state === wantedState) && (!wantedPerson || people.includes(Number(wantedPerson)))

/** Ids are BIGINTs: longer is larger. */
const isNewer = (a, b) => a.length > b.length || (a.length === b.length && a > b)
const idOf = (element) => element.id.slice('photo-'.length)

const take = (photo) => {
  const present = document.getElementById(`photo-${photo.id}`)
  if (!fits(photo)) return present?.remove()
  const wanted = elementOf(photo.html)
  if (present) return swap(present, wanted)
  if (!isFirstPage) return
  const older = [...grid.children].find((child) => isNewer(photo.id, idOf(child)))
  // Between the photos of this page and those of the next there may be others that are not here.
  if (!older && grid.children.length >= MOST) return
  wanted.classList.add('fresh')
  grid.insertBefore(wanted, older ?? null)
}

/** The next page begins after the last photo of this one. */
const linkOlder = () => {
  const link = /** @type {HTMLAnchorElement | null} */ (document.querySelector('#after a[rel=next]'))
  const last = grid.lastElementChild
  if (!link || !last) return false
  const url = new URL(link.href)
  url.searchParams.set('before', idOf(last))
  link.href = url.href
  return true
}

const refresh = async () => {
  const wanted = await fetchPage()
  for (const id of ['#grid', '#after']) {
    const [target, source] = [document.querySelector(id), wanted.querySelector(id)]
    if (target && source) swapChildren(target, source)
  }
  const [present, status] = [document.querySelector('#status'), wanted.querySelector('#status')]
  if (present && status) swap(present, status)
}

live({
  on: {
    photos: (changed) => {
      const before = grid.children.length
      for (const photo of changed) take(photo)
      const tooMany = [...grid.children].slice(MOST)
      for (const child of tooMany) child.remove()
      // The words on an empty page are the server's to say, and whether there are older photos.
      if (tooMany.length > 0 ? !linkOlder() : (before === 0) !== (grid.children.length === 0)) {
        void refresh().catch(() => {})
      }
    },
    status: (html) => {
      const present = document.querySelector('#status')
      if (present) swap(present, elementOf(html))
    },
  },
  refresh,
})
