import { elementOf, swap, swapChildren } from '../page/swap.js'

/** So far before its end the list goes on. */
const AHEAD = '1500px 0px'
/** Pages that are farther away than this keep their height and nothing else. */
const FAR = '3000px 0px'
const RETRY_AFTER_MS = 2000

/** Ids are BIGINTs: longer is larger. */
export const isNewer = (a, b) => a.length > b.length || (a.length === b.length && a > b)
export const idOf = (element) => element.id.slice('photo-'.length)

/**
 * A photo as its events tell it, in a list of cards that are sorted from the newest to the oldest.
 * @param {Element} list
 * @param {{ id: string, html: string }} photo
 * @param {boolean} fits whether the list shows such photos
 */
export function put(list, { id, html }, fits) {
  const present = list.querySelector(`#photo-${id}`)
  if (!fits) return present?.remove()
  const wanted = elementOf(html)
  if (present) return swap(present, wanted)
  wanted.classList.add('fresh')
  list.insertBefore(wanted, [...list.children].find((child) => isNewer(id, idOf(child))) ?? null)
}

/** One page of older photos: while it is far away, a height, its text, and what was told of its photos meanwhile. */
class OlderPage {
  list = document.createElement('ul')
  #url
  #last
  /** @type {string | undefined} */
  #kept
  /** @type {(() => void)[]} */
  #missed = []
  /** What was told since the server was asked: its answer may be from before. @type {(() => void)[] | undefined} */
  #sinceAsked

  /** @param {string} url @param {Element[]} cards */
  constructor(url, cards) {
    this.#url = url
    this.#last = idOf(cards.at(-1))
    this.list.className = 'grid'
    this.list.append(...cards)
  }

  /** @param {string} id whether it is this one's when it is of none before */
  reaches(id) {
    return !isNewer(this.#last, id)
  }

  /** @param {{ id: string, html: string }} photo @param {boolean} fits */
  put(photo, fits) {
    const work = () => put(this.list, photo, fits)
    this.#sinceAsked?.push(work)
    this.#do(work)
  }

  /** @param {boolean} isNear */
  show(isNear) {
    if (isNear && this.#kept !== undefined) {
      this.list.innerHTML = this.#kept
      this.list.style.height = ''
      this.#kept = undefined
      for (const work of this.#missed.splice(0)) work()
    } else if (!isNear && this.#kept === undefined && !this.list.contains(document.activeElement)) {
      this.list.style.height = `${this.list.offsetHeight}px`
      this.#kept = this.list.innerHTML
      this.list.replaceChildren()
    }
  }

  async refresh() {
    if (this.#kept !== undefined) {
      this.#missed = [() => void this.refresh().catch(() => {})]
      return
    }
    /** @type {(() => void)[]} */
    const told = []
    this.#sinceAsked = told
    let isNewest = false
    const { cards } = await fetchCards(this.#url).finally(() => {
      isNewest = this.#sinceAsked === told
      if (isNewest) this.#sinceAsked = undefined
    })
    // Asked again meanwhile: that answer is the newer one.
    if (!isNewest) return
    const wanted = document.createElement('ul')
    wanted.append(...cards.filter((card) => this.reaches(idOf(card))))
    this.#do(() => swapChildren(this.list, wanted))
    for (const work of told) this.#do(work)
  }

  /** @param {() => void} work */
  #do(work) {
    if (this.#kept === undefined) work()
    else this.#missed.push(work)
  }
}

/** The pages that follow the first one as somebody scrolls; without scripts, or when that fails, a link leads to them. */
export class OlderPages {
  /** @type {OlderPage[]} */
  #pages = []
  #place = document.createElement('div')
  #after = /** @type {HTMLElement} */ (document.querySelector('#after'))
  /** What followed the first page. @type {Element[]} */
  #first = []
  #loading = false
  #looksAhead = false
  /** What was told while a page was asked for, of photos that no page had. @type {[photo: { id: string, html: string }, fits: boolean][]} */
  #ahead = []
  #end = new IntersectionObserver(
    (seen) => {
      if (seen.some(({ isIntersecting }) => isIntersecting)) void this.#goOn()
    },
    { rootMargin: AHEAD },
  )
  #near = new IntersectionObserver(
    (seen) => {
      for (const { target, isIntersecting } of seen)
        this.#pages.find(({ list }) => list === target)?.show(isIntersecting)
    },
    { rootMargin: FAR },
  )

  constructor() {
    this.#place.className = 'older'
    this.#after.before(this.#place)
    // Who does not scroll wants no more.
    addEventListener('scroll', () => this.lookAhead(), { passive: true })
  }

  get any() {
    return this.#pages.length > 0
  }

  get loading() {
    return this.#loading
  }

  /** A photo that is older than all of the first page. @param {{ id: string, html: string }} photo @param {boolean} fits */
  put(photo, fits) {
    const page = this.#pages.find((page) => page.reaches(photo.id))
    if (page) page.put(photo, fits)
    else if (this.#loading) this.#ahead.push([photo, fits])
  }

  /** What is shown may be out of date. */
  async refresh() {
    await Promise.all(this.#pages.map((page) => page.refresh()))
  }

  /** Goes on whenever the end of the list is near. */
  lookAhead() {
    this.#looksAhead = true
    this.#end.observe(this.#after)
  }

  /** Forgets all pages: the list begins anew after the first. */
  clear() {
    for (const { list } of this.#pages.splice(0)) {
      this.#near.unobserve(list)
      list.remove()
    }
    this.#looksAhead = false
    this.#end.unobserve(this.#after)
    this.#after.replaceChildren(...this.#first)
  }

  async #goOn() {
    const link = /** @type {HTMLAnchorElement | null} */ (this.#after.querySelector('a[rel=next]'))
    if (!link || this.#loading) return
    this.#loading = true
    const failed = await this.#load(link).then(
      () => false,
      () => true,
    )
    this.#loading = false
    // Meanwhile the link is there.
    if (failed) await new Promise((resolve) => setTimeout(resolve, RETRY_AFTER_MS))
    // If the end is still near, or was while the page was loading, that is told again.
    if (this.#looksAhead) {
      this.#end.unobserve(this.#after)
      this.#end.observe(this.#after)
    }
  }

  /** Appends the page that a link leads to. @param {HTMLAnchorElement} link */
  async #load(link) {
    const { href } = link
    this.#ahead = []
    const { cards, after } = await fetchCards(href)
    // The list began anew meanwhile, or the first page has got another end.
    if (!link.isConnected || link.href !== href) return
    if (cards.length > 0) {
      const page = new OlderPage(href, cards)
      if (!this.any) this.#first = [...this.#after.children]
      this.#pages.push(page)
      this.#place.append(page.list)
      this.#near.observe(page.list)
      for (const [photo, fits] of this.#ahead.splice(0)) this.put(photo, fits)
    }
    this.#after.replaceChildren(...after)
  }
}

/** @param {string} url */
async function fetchCards(url) {
  // Before the pictures of photos that are scrolled past.
  const response = await fetch(url, { headers: { accept: 'text/html' }, priority: 'high' })
  if (!response.ok) throw new Error(`The server answered ${response.status}.`)
  const page = new DOMParser().parseFromString(await response.text(), 'text/html')
  const adopted = (selector) => [...page.querySelectorAll(selector)].map((element) => document.adoptNode(element))
  return { cards: adopted('#grid > li'), after: adopted('#after > *') }
}
