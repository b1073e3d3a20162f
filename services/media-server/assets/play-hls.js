import Hls from '../hls.js/hls.min.mjs'

/**
 * @param {import('./player.js').Wanted} wanted
 * @returns {import('./player.js').Playing}
 */
export function play({ video, source, via, clockOffsetMs, fail }) {
  // Browsers of telephones may have no Media Source Extensions, and play HLS themselves.
  if (!Hls.isSupported()) return playNatively({ video, source })
  const hls = new Hls({
    workerPath: new URL('../hls.js/hls.worker.js', import.meta.url).href,
    lowLatencyMode: via === 'll-hls',
    maxLiveSyncPlaybackRate: 1.05,
    backBufferLength: 30,
  })
  // In target durations; further behind it jumps. Given above it would have to come with how far behind it plays, which the playlist says.
  hls.config.liveMaxLatencyDurationCount = 8
  hls.on(Hls.Events.ERROR, (_event, { fatal }) => fatal && fail())
  hls.loadSource(source)
  hls.attachMedia(video)
  hls.on(Hls.Events.MANIFEST_PARSED, () => void video.play().catch(() => {}))
  return {
    latency: () => {
      const shown = hls.playingDate
      if (!shown) return undefined
      const seconds = (Date.now() + clockOffsetMs - shown.getTime()) / 1000
      return { seconds, of: 'behind the moment when the server received the picture (PROGRAM-DATE-TIME)' }
    },
    goLive: () => {
      if (hls.liveSyncPosition !== null) video.currentTime = hls.liveSyncPosition
    },
    stop: () => hls.destroy(),
  }
}

/** @param {Pick<import('./player.js').Wanted, 'video' | 'source'>} wanted */
function playNatively({ video, source }) {
  video.src = source
  void video.play().catch(() => {})
  return {
    latency: () => undefined,
    goLive: () => {
      if (video.seekable.length > 0) video.currentTime = video.seekable.end(video.seekable.length - 1)
    },
    stop: () => {
      video.removeAttribute('src')
      video.load()
    },
  }
}
