import { fetchPage, live } from '../page/live.js'
import { elementOf, swap, swapChildren } from '../page/swap.js'
import { idOf, isNewer, OlderPages, put } from './older.js'

/** As many as the server puts on a page. */
const MOST = 48

const grid = /** @type {HTMLElement} */ (document.querySelector('#grid'))
const { state: wantedState, person: wantedPerson } = grid.dataset
const isFirstPage = 'first' in grid.dataset
const older = new OlderPages()
/** The newest photos are out of date, and far above what somebody looks at. */
let behind = false
/** Photos that were told since the page was asked for: the server's answer may be from before. @type {any[] | undefined} */
let sinceAsked

const fits = ({ state, people }) =>
  (!wantedState || state === wantedState) && (!wantedPerson || people.includes(Number(wantedPerson)))

const take = (photo) => {
  const isHere = document.getElementById(`photo-${photo.id}`)?.parentElement === grid
  const last = grid.lastElementChild
  const isOlder = !isHere && last && isNewer(idOf(last), photo.id)
  if (isOlder && (older.any || older.loading)) return older.put(photo, fits(photo))
  if (isHere || !fits(photo)) return put(grid, photo, fits(photo))
  if (!isFirstPage) return
  if (older.any && isAtTop()) older.clear()
  // What is read stays where it is.
  if (older.any) behind = true
  // Between the photos of this page and those of the next there may be others that are not here.
  else if (grid.children.length < MOST || (last && isNewer(photo.id, idOf(last)))) put(grid, photo, true)
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

const begin = async () => {
  behind = false
  /** @type {any[]} */
  const told = []
  sinceAsked = told
  const wanted = await fetchPage().finally(() => {
    if (sinceAsked === told) sinceAsked = undefined
  })
  if (!wanted) return
  older.clear()
  for (const id of ['#grid', '#after']) {
    const [target, source] = [document.querySelector(id), wanted.querySelector(id)]
    if (target && source) swapChildren(target, source)
  }
  showStatus(wanted.querySelector('#status'))
  takeAll(told)
  // Who is at the end already cannot scroll on.
  if (!isAtTop()) older.lookAhead()
}

const refresh = async () => {
  if (!older.any) return await begin()
  behind = true
  await older.refresh()
  whenAtTop()
}

/** @param {Element | null} wanted */
const showStatus = (wanted) => {
  const present = document.querySelector('#status')
  if (present && wanted) swap(present, wanted)
}

const isAtTop = () => grid.getBoundingClientRect().top >= 0

const whenAtTop = () => {
  if (behind && isAtTop()) void begin().catch(() => (behind = true))
}
addEventListener('scroll', whenAtTop, { passive: true })

const takeAll = (changed) => {
  const before = grid.children.length
  for (const photo of changed) take(photo)
  const tooMany = [...grid.children].slice(MOST)
  for (const child of tooMany) child.remove()
  whenAtTop()
  // The words on an empty page are the server's to say, and whether there are older photos.
  if (tooMany.length > 0 ? !linkOlder() : (before === 0) !== (grid.children.length === 0)) {
    void refresh().catch(() => (behind = true))
  }
}

live({
  on: {
    photos: (changed) => {
      sinceAsked?.push(...changed)
      takeAll(changed)
    },
    status: (html) => showStatus(elementOf(html)),
  },
  refresh,
})
