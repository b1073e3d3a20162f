import { MediaPlayer } from '../dash.js/dash.mediaplayer.min.js'

const NO_LOG = 0

/**
 * @param {import('./player.js').Wanted} wanted
 * @returns {import('./player.js').Playing}
 */
export function play({ video, source, fail }) {
  const player = MediaPlayer().create()
  player.updateSettings({
    debug: { logLevel: NO_LOG },
    // How far behind it plays says the MPD, which knows how long segments are.
    streaming: { liveCatchup: { enabled: true, playbackRate: { min: -0.05, max: 0.05 } } },
  })
  player.on('error', fail)
  // It must start the video itself, else it never reads the MPD again (dash.js #1552).
  player.initialize(video, source, true)
  return {
    latency: () => {
      const seconds = player.getCurrentLiveLatency()
      return seconds > 0 ? { seconds, of: 'behind the live end by the clock of DASH (UTCTiming)' } : undefined
    },
    goLive: () => player.seekToOriginalLive(),
    stop: () => {
      // A play() that waits is refused first: dash.js would log that once it is destroyed, and has forgotten not to.
      video.pause()
      setTimeout(() => {
        // What waits for the next picture to change the speed runs now: with the picture of the next player it would find none.
        video.dispatchEvent(new Event('canplay'))
        player.destroy()
        video.playbackRate = 1
      })
    },
  }
}
