import { spawnService } from '@livepods/testing'
import { readStrip, STRIP_ROW, stripAge } from '@livepods/time-strip'
import type { Browser } from 'playwright-core'
import { openBrowser, openPage } from '../browser.ts'
import { atMost } from '../readings.ts'
import type { Findings } from '../report.ts'
import { latenciesOf, percentile } from '../statistics.ts'
import { type Bench, planOf } from '../suite.ts'
import { measureOurs } from './ours.ts'
import { rtmpUrl, type Setup, startServer } from './server-process.ts'
import { mediaServer } from './servers.ts'

const PLANS = {
  full: { rounds: 6, frames: 60, settles: true },
  quick: { rounds: 2, frames: 30, settles: true },
  tiny: { rounds: 1, frames: 10, settles: false },
}
/** What the page plays a stream by; and frames of a visit that do not count, as the player is not yet where it wants to be. */
const OUTPUTS = [
  { name: 'HTTP-FLV', via: 'flv', skippedFrames: 30, p50: 600, p95: 800 },
  { name: 'LL-HLS', via: 'll-hls', skippedFrames: 150, p50: 1100, p95: 1400 },
  { name: 'DASH', via: 'dash', skippedFrames: 150, p50: 2400 },
  { name: 'HLS', via: 'hls', skippedFrames: 150, p50: 3500 },
]
const SHOWN_WITHIN_MS = 60_000
const KEY = 'bars'
const COLORBAR = new URL(import.meta.resolve('@livepods/colorbar/main'))

/** How old colorbar's picture is when Chromium shows it: the time in the picture against the clock, which is the same for both here. */
export async function pictureLatency(setup: Setup, bench: Bench): Promise<Findings> {
  const { rounds, frames, settles } = planOf(bench, PLANS)
  await using stack = new AsyncDisposableStack()
  const server = await startServer(stack, setup, mediaServer())
  stack.use(await spawnService(COLORBAR, { RTMP_URL: rtmpUrl(server, KEY) }))
  const browser = stack.adopt(await openBrowser(bench.progress), (browser) => browser.close())
  const page = `http://127.0.0.1:${server.ports.FLV}/live/${KEY}`
  const goals = (part: 'p50' | 'p95') =>
    OUTPUTS.flatMap(({ name, [part]: wanted }) =>
      wanted === undefined ? [] : [atMost(name, `from picture to screen, ${name}, ${part}`, wanted, ' ms')],
    )
  return await measureOurs(bench, {
    name: 'pictureLatency',
    title: 'From picture to screen',
    about:
      "Milliseconds from colorbar's drawing of a frame to its being on the page of the stream in Chromium, read from the time in the picture: p50, p95 and the longest of a visit's frames after its first second (FLV) or five, and the medians of several visits with quartiles.",
    rows: OUTPUTS,
    rounds,
    warmUp: 0,
    columns: [
      ['p50', 'p50Ms', ...goals('p50')],
      ['p95', 'p95Ms', ...goals('p95')],
      ['longest', 'longestMs'],
    ],
    measure: async ({ via, skippedFrames }) => {
      const skipped = settles ? skippedFrames : 0
      const ages = await agesAt(browser, `${page}?via=${via}`, { skipped, frames })
      const { p50Ms, longestMs } = latenciesOf(ages)
      return { p50Ms, p95Ms: percentile(ages, 0.95), longestMs }
    },
  })
}

/** Of so many frames that the page shows one after the other, behind those that are skipped. */
async function agesAt(
  browser: Browser,
  url: string,
  { skipped, frames }: { skipped: number; frames: number },
): Promise<number[]> {
  await using page = await openPage(browser)
  await page.goto(url)
  await page.waitForFunction('document.querySelector("video").videoWidth > 0', undefined, { timeout: SHOWN_WITHIN_MS })
  const seen = (await page.evaluate(watch(skipped + frames))) as { strip: number; at: number }[]
  return seen.slice(skipped).map(({ strip, at }) => stripAge(strip, at))
}

/** For the browser: what the strips of the next frames say, and when each was shown. */
function watch(frames: number): string {
  return `new Promise((resolve) => {
    const readStrip = ${readStrip}
    const video = document.querySelector('video')
    const { videoWidth: width, videoHeight: height } = video
    const canvas = new OffscreenCanvas(width, 1).getContext('2d', { willReadFrequently: true })
    const seen = []
    const look = () => {
      const at = Date.now()
      canvas.drawImage(video, 0, height * ${STRIP_ROW}, width, 1, 0, 0, width, 1)
      const strip = readStrip(canvas.getImageData(0, 0, width, 1).data)
      if (strip !== undefined) seen.push({ strip, at })
      if (seen.length < ${frames}) video.requestVideoFrameCallback(look)
      else resolve(seen)
    }
    video.requestVideoFrameCallback(look)
  })`
}
