const SILENT_MS = 40_000
const MAX_WAIT_MS = 30_000
const RELOAD_AT_MOST_EVERY_MS = 5000

/**
 * Listens to the page's events (`data-live` of the body). Says when the connection is lost, comes back by itself, and lets go while
 * nobody looks: a browser allows six connections to a server. `refresh` is called when events may have been missed.
 * @param {{ on: Record<string, (value: any) => void>, refresh: () => Promise<void> }} page
 */
export function live({ on, refresh }) {
  const url = document.body.dataset.live
  if (!url) return
  /** @type {EventSource | undefined} */
  let source
  let attempt = 0
  let missed = false
  let lastHeardAt = 0
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let waiting

  const close = () => {
    clearTimeout(waiting)
    source?.close()
    source = undefined
    missed = true
  }
  const again = () => {
    close()
    announce('The connection to the server is lost. This page asks again by itself and then goes on.')
    if (attempt === 2) void sayWhenSignedOut()
    waiting = setTimeout(open, Math.min(MAX_WAIT_MS, 500 * 2 ** attempt++) * (0.5 + Math.random() / 2))
  }
  const heard = () => {
    lastHeardAt = performance.now()
  }
  const open = () => {
    source = new EventSource(`${url}?at=${document.documentElement.dataset.now}`)
    source.onopen = () => {
      heard()
      attempt = 0
      announce('')
      if (missed) void refresh().catch(again)
      missed = false
    }
    source.onerror = again
    for (const [event, take] of Object.entries({
      beat: () => {},
      reload: () => soon(refresh),
      fault: announce,
      ...on,
    })) {
      source.addEventListener(event, ({ data }) => {
        heard()
        take(JSON.parse(data))
      })
    }
  }

  heard()
  setInterval(() => source && performance.now() - lastHeardAt > SILENT_MS && again(), 5000)
  document.addEventListener('visibilitychange', () => {
    if (document.hidden) close()
    else if (!source) open()
  })
  addEventListener('pagehide', close)
  addEventListener('pageshow', ({ persisted }) => persisted && !source && open())
  if (!document.hidden) open()
}

/** A stream does not say why it is refused; the page does. */
async function sayWhenSignedOut() {
  const status = await fetch(location.href, { method: 'HEAD' }).then(
    (response) => response.status,
    () => 0,
  )
  if (status === 401) announce('You are signed out. Load the page again to sign in.')
}

/**
 * What is wrong with the live connection, for everybody to see; '' when nothing is.
 * @param {string} sentence
 */
export function announce(sentence) {
  const place = document.querySelector('#connection')
  if (place && place.textContent !== sentence) place.textContent = sentence
}

let asked = 0

/**
 * The present page as the server makes it now; undefined when it was asked for again meanwhile, since that answer is the newer one,
 * whichever comes first. Rejects when there is none.
 * @returns {Promise<Document | undefined>}
 */
export async function fetchPage() {
  const turn = ++asked
  const response = await fetch(location.href, { headers: { accept: 'text/html' } })
  if (!response.ok) throw new Error(`The server answered ${response.status}.`)
  const text = await response.text()
  return turn === asked ? new DOMParser().parseFromString(text, 'text/html') : undefined
}

let reloadPlanned = false
let reloadedAt = Number.NEGATIVE_INFINITY

/**
 * Many pages that are told to reload do not ask all at once, and none again and again.
 * @param {() => Promise<void>} refresh
 */
function soon(refresh) {
  if (reloadPlanned) return
  reloadPlanned = true
  const waitMs = Math.max(Math.random() * 1000, reloadedAt + RELOAD_AT_MOST_EVERY_MS - performance.now())
  setTimeout(() => {
    reloadPlanned = false
    reloadedAt = performance.now()
    refresh().catch(() => announce('The server did not answer. Load the page again.'))
  }, waitMs)
}
