/** @typedef {import('mpegts.js').default} Mpegts */
await load(new URL('../mpegts/mpegts.js', import.meta.url))
const { mpegts } = /** @type {{ mpegts: Mpegts }} */ (/** @type {unknown} */ (globalThis))
const video = /** @type {HTMLVideoElement} */ (document.querySelector('#video'))
const state = /** @type {Element} */ (document.querySelector('#state'))
const { Events, LoggingControl } = mpegts

const SETTINGS = {
  // The policy of the page allows no worker that is not a file of ours.
  enableWorker: false,
  enableStashBuffer: false,
  liveBufferLatencyChasing: true,
  liveBufferLatencyMaxLatency: 0.8,
  liveBufferLatencyMinRemain: 0.2,
  autoCleanupSourceBuffer: true,
}
const MAX_WAIT_MS = 5000

/** @type {import('mpegts.js').default.Player | undefined} */
let player
let attempt = 0

/** @param {string} sentence */
function say(sentence) {
  if (state.textContent !== sentence) state.textContent = sentence
}

function play() {
  const url = new URL(video.dataset.flv + location.search, location.href).href
  const next = mpegts.createPlayer({ type: 'flv', isLive: true, url }, SETTINGS)
  player = next
  next.on(Events.ERROR, (_type, _detail, { code } = {}) => again(next, sentenceOf(code)))
  next.on(Events.LOADING_COMPLETE, () => again(next, 'The stream has ended. It goes on here when it comes back.'))
  next.attachMediaElement(video)
  next.load()
  // A browser that wants to be touched first leaves that to the controls.
  Promise.resolve(next.play()).catch(() => {})
}

/** @param {number | undefined} status */
function sentenceOf(status) {
  if (status === 404) return 'Nobody publishes this stream now. It begins here when somebody does.'
  if (status === 401 || status === 403) return 'You may not watch this stream. Load the page again to sign in.'
  return 'The stream is interrupted. This page asks again by itself.'
}

/**
 * @param {import('mpegts.js').default.Player} failed
 * @param {string} sentence
 */
function again(failed, sentence) {
  if (failed !== player) return
  player = undefined
  say(sentence)
  // Not within its own event.
  setTimeout(() => failed.destroy())
  setTimeout(play, Math.min(MAX_WAIT_MS, 500 * 2 ** attempt++) * (0.5 + Math.random() / 2))
}

/**
 * As a classic script: in a module it finds nothing to hang its name on.
 * @param {URL} url
 */
async function load(url) {
  const script = document.createElement('script')
  script.src = url.href
  const loaded = new Promise((resolve, reject) => {
    script.addEventListener('load', resolve)
    script.addEventListener('error', reject)
  })
  document.head.append(script)
  await loaded
}

LoggingControl.enableAll = false
video.addEventListener('playing', () => {
  attempt = 0
  say('Live')
})
video.addEventListener('waiting', () => player && say('Waiting for the next picture …'))
addEventListener('pagehide', () => player?.destroy())
play()
