import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { eventually } from '@livepods/testing'
import { type Browser, openBrowser, openTab, type Page } from '@livepods/testing/browser'
import { TestCluster } from '../support/cluster.ts'
import { publishPicture } from '../support/ffmpeg.ts'
import { playsFor, shownTime } from '../support/shown-time.ts'
import { textOf } from '../support/watch.ts'

/** hls.js twice, dash.js, mpegts.js. */
const PLAYERS = ['ll-hls', 'hls', 'dash', 'flv']
/** What the page says when its player gave up. Where an encoder is away for ten seconds it begins its player anew, which is no fault of that. */
const GAVE_UP = /interrupted|has ended|does not answer/
const SECONDS = 3
/** Where the strip of the first encoder begins, in seconds: nothing of the second one takes so long. */
const FROM = 500

let browser: Browser
before(async () => {
  browser = await openBrowser()
})
after(async () => await browser.close())

/** Has the page keep all that it says from now on. */
async function listen(page: Page): Promise<() => Promise<string[]>> {
  await page.evaluate(`(() => {
    globalThis.said = []
    const sentence = document.querySelector('#sentence')
    new MutationObserver(() => said.push(sentence.textContent)).observe(sentence, { childList: true, characterData: true, subtree: true })
  })()`)
  return async () => await page.evaluate('globalThis.said ?? ["The page has gone."]')
}

test('hls.js, dash.js and mpegts.js play through a takeover: no page is loaded anew, and no player gives up', async (t) => {
  await using cluster = await TestCluster.start(3)
  await cluster.together()
  const encoder = publishPicture(`${cluster.at(0).rtmp}/live/key`, { from: FROM })
  await using stack = new AsyncDisposableStack()
  stack.use(encoder)
  const stream = `${cluster.at(1).http}/live/key`
  await eventually(async () => void (await textOf(`${stream}/video.m3u8`)))
  const tabs = await Promise.all(
    PLAYERS.map(async (via) => {
      const { page } = stack.use(await openTab(browser))
      await page.goto(`${stream}?via=${via}`)
      await playsFor(page, SECONDS)
      return { via, page, said: await listen(page) }
    }),
  )
  cluster.at(0).service.process.kill('SIGKILL')
  await encoder.ended
  stack.use(publishPicture(`${cluster.at(2).rtmp}/live/key`))
  await Promise.all(
    tabs.map(async ({ page, via, said }) => {
      const lostAt = performance.now()
      await eventually(async () => {
        const shown = await shownTime(page)
        assert.ok(shown !== undefined && shown < FROM * 1000, `${via} shows ${shown}: ${await said()}`)
      })
      t.diagnostic(`${via}: the new picture after ${((performance.now() - lostAt) / 1000).toFixed(1)} s`)
      await playsFor(page, SECONDS)
      const sentences = await said()
      assert.deepEqual(
        sentences.filter((sentence) => GAVE_UP.test(sentence)),
        [],
        via,
      )
    }),
  )
})
