/**
 * @typedef {object} Wanted
 * @property {HTMLVideoElement} video
 * @property {string} source address of a playlist, an MPD or a stream
 * @property {string | undefined} via ll-hls, hls, dash or flv
 * @property {number} clockOffsetMs what the server's clock is ahead of this browser's
 * @property {() => void} fail called when it cannot go on
 */
/**
 * @typedef {object} Playing
 * @property {() => { seconds: number, of: string } | undefined} latency and what was measured
 * @property {() => void} goLive
 * @property {() => void} stop
 */
/** @typedef {'connecting' | 'live' | 'waiting' | 'paused' | 'offline' | 'failed'} State */

const MAX_WAIT_MS = 5000
const WATCH_EVERY_MS = 500
/** A picture that stands still for so long will not go on by itself. */
const MAX_STILL_MS = 10_000
/** Nor one that stands still for so long while somebody else publishes it than when it began, and has for so long: dash.js may not. */
const MAX_STILL_AFTER_RETURN_MS = 3000
const RETURNED_FOR_MS = 4000
const ASK_EVERY_MS = 2000
const PLAYERS = { 'll-hls': './play-hls.js', hls: './play-hls.js', dash: './play-dash.js', flv: './play-flv.js' }

const video = /** @type {HTMLVideoElement} */ (document.querySelector('#video'))
const sentence = /** @type {HTMLElement} */ (document.querySelector('#sentence'))
const latency = /** @type {HTMLElement} */ (document.querySelector('#latency'))
const sound = /** @type {HTMLButtonElement} */ (document.querySelector('#sound'))
const live = /** @type {HTMLButtonElement} */ (document.querySelector('#go-live'))
const { name = '', via, source = '' } = video.dataset
const token = new URLSearchParams(location.search).get('token')
const search = token === null ? '' : `?${new URLSearchParams({ token })}`

/** @type {Playing | undefined} */
let playing
/** When the one who publishes it began. */
let publishedAt = ''
let clockOffsetMs = 0
/** The server is not asked before that what has become of a picture that stands still. */
let askNotBefore = 0
let attempt = 0
let stillSince = performance.now()
let shownTime = 0

/** @param {State} state @param {string} [words] */
function say(state, words = '') {
  for (const chip of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll('#state [data-state]')))
    chip.hidden = chip.dataset.state !== state
  if (sentence.textContent !== words) sentence.textContent = words
}

/** Plays when there is something to play; else asks again, more and more rarely. */
async function start() {
  try {
    const { absence, published } = await ask()
    if (absence) return again(...absence)
    const [{ play }, offset] = await Promise.all([import(PLAYERS[via]), clockOffset()])
    publishedAt = published
    clockOffsetMs = offset
    stillSince = performance.now()
    const started = play({
      ...{ video, source, via, clockOffsetMs },
      // One that was stopped may speak once more.
      fail: () => playing === started && void stop(explain),
    })
    playing = started
  } catch (error) {
    console.error(error)
    again('failed', 'The server does not answer. This page asks again by itself.')
  }
}

/**
 * Why there is nothing to play, if there is nothing; and when the one who publishes it began.
 * @returns {Promise<{ absence?: [State, string], published: string }>}
 */
async function ask() {
  const at = name.lastIndexOf('/')
  const stream = `${encodeURIComponent(name.slice(0, at))}/${name.slice(at + 1)}`
  const response = await fetch(`/v1/streams/${stream}${search}`)
  if (response.ok) {
    const { onAir, publishedAt: published = '' } = await response.json()
    return onAir
      ? { published }
      : { published, absence: ['offline', 'The publisher has gone. It goes on here when it returns.'] }
  }
  return { published: '', absence: refusal(response.status) }
}

/** @param {number} status @returns {[State, string]} */
function refusal(status) {
  if (status === 404) return ['offline', 'Nobody publishes this stream now. It begins here when somebody does.']
  if (status === 401 || status === 403)
    return ['failed', 'You may not watch this stream. Load the page again to sign in.']
  return ['failed', 'The server cannot say what is on air. This page asks again by itself.']
}

/**
 * Why the source could not be played, in the server's words where it has some.
 * @returns {Promise<[State, string]>}
 */
async function explain() {
  // FLV carries every codec.
  const response = via === 'flv' ? undefined : await fetch(source)
  if (response?.status === 415) return ['failed', (await response.json()).detail]
  return ['waiting', 'The stream is interrupted. This page asks again by itself.']
}

/** @param {() => Promise<[State, string]>} why */
async function stop(why) {
  const stopped = playing
  playing = undefined
  latency.hidden = true
  // Not within its own event.
  setTimeout(() => stopped?.stop())
  const words = await why().catch(() => /** @type {const} */ (['failed', 'The server does not answer.']))
  again(...words)
}

/** @param {State} state @param {string} words */
function again(state, words) {
  say(state, words)
  setTimeout(start, Math.min(MAX_WAIT_MS, 500 * 2 ** attempt++) * (0.5 + Math.random() / 2))
}

/** @returns {Promise<number>} milliseconds */
async function clockOffset() {
  const before = Date.now()
  const response = await fetch(`/${name}/time.txt`)
  return Date.parse(await response.text()) - (before + Date.now()) / 2
}

/** @param {number | undefined} seconds @param {string} of */
function showLatency(seconds, of) {
  latency.hidden = seconds === undefined
  if (seconds !== undefined) latency.textContent = `Latency ${seconds.toFixed(1)} s ${of}.`
}

function watch() {
  if (video.currentTime !== shownTime) {
    shownTime = video.currentTime
    stillSince = performance.now()
  }
  if (!playing) return
  const measured = playing.latency()
  showLatency(measured?.seconds, measured?.of ?? '')
  const now = performance.now()
  if (now - stillSince < (video.paused ? MAX_STILL_MS : MAX_STILL_AFTER_RETURN_MS) || now < askNotBefore) return
  askNotBefore = now + (video.paused ? MAX_STILL_MS : ASK_EVERY_MS)
  void startAnew(playing)
}

/**
 * Where the picture stands still: somebody has paused it, the stream has ended, or the player cannot go on.
 * @param {Playing} still
 */
async function startAnew(still) {
  const { absence, published } = await ask().catch(() => ({ absence: undefined, published: publishedAt }))
  const stillMs = performance.now() - stillSince
  const hasReturned = published !== publishedAt && Date.now() + clockOffsetMs - Date.parse(published) >= RETURNED_FOR_MS
  if (playing !== still || stillMs < (hasReturned ? MAX_STILL_AFTER_RETURN_MS : MAX_STILL_MS)) return
  if (absence || !video.paused)
    await stop(async () => absence ?? ['waiting', 'The picture stood still. It is asked for anew.'])
}

video.addEventListener('playing', () => {
  attempt = 0
  say('live')
})
video.addEventListener('waiting', () => playing && say('waiting', 'The next picture is on its way.'))
video.addEventListener('pause', () => playing && !video.ended && say('paused', '“Go live” shows what is on air now.'))
video.addEventListener('ended', () => {
  if (playing) void stop(async () => ['offline', 'The stream has ended. It goes on here when it comes back.'])
})
video.addEventListener('volumechange', () => {
  sound.textContent = video.muted ? 'Sound on' : 'Mute'
})
sound.addEventListener('click', () => {
  video.muted = !video.muted
})
live.addEventListener('click', () => {
  playing?.goLive()
  void video.play().catch(() => {})
})
addEventListener('pagehide', () => playing?.stop())
// Back from the browser's memory of pages.
addEventListener('pageshow', ({ persisted }) => persisted && location.reload())
sound.hidden = false
live.hidden = false
setInterval(watch, WATCH_EVERY_MS)
void start()
