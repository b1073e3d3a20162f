/** @typedef {import('mpegts.js').default} Mpegts */
await load(new URL('../mpegts.js/mpegts.js', import.meta.url))
const { mpegts } = /** @type {{ mpegts: Mpegts }} */ (/** @type {unknown} */ (globalThis))

const LIVE_EDGE_SECONDS = 0.3
const SETTINGS = {
  // The policy of the page allows no worker that is not a file of ours.
  enableWorker: false,
  enableStashBuffer: false,
  liveBufferLatencyChasing: true,
  liveBufferLatencyMaxLatency: 0.8,
  liveBufferLatencyMinRemain: 0.2,
  autoCleanupSourceBuffer: true,
}

mpegts.LoggingControl.enableAll = false

/**
 * @param {import('./player.js').Wanted} wanted
 * @returns {import('./player.js').Playing}
 */
export function play({ video, source, fail }) {
  const url = new URL(source, location.href).href
  const player = mpegts.createPlayer({ type: 'flv', isLive: true, url }, SETTINGS)
  player.on(mpegts.Events.ERROR, fail)
  player.on(mpegts.Events.LOADING_COMPLETE, fail)
  player.attachMediaElement(video)
  player.load()
  Promise.resolve(player.play()).catch(() => {})
  const buffered = () => (video.buffered.length > 0 ? video.buffered.end(video.buffered.length - 1) : undefined)
  return {
    latency: () => {
      const end = buffered()
      if (end === undefined) return undefined
      return {
        seconds: end - video.currentTime,
        of: 'in the buffer of this browser (FLV has no clock to measure the rest by)',
      }
    },
    goLive: () => {
      const end = buffered()
      if (end !== undefined) video.currentTime = Math.max(video.currentTime, end - LIVE_EDGE_SECONDS)
    },
    stop: () => player.destroy(),
  }
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
