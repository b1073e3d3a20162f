import assert from 'node:assert/strict'
import { mkdir } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { eventually, testTokens } from '@livepods/testing'
import { type Browser, openBrowser, openTab, type Page } from '@livepods/testing/browser'
import { type Encoder, publishPicture } from './support/ffmpeg.ts'
import { mediaServer, type RunningServer } from './support/media-server.ts'
import { playsFor } from './support/shown-time.ts'

const axe: { source: string } = createRequire(import.meta.url)('axe-core')
/** Where pictures of the pages go, for people to look at. */
const { SCREENSHOTS } = process.env

const PROTOCOLS = ['ll-hls', 'hls', 'dash', 'flv']
/** A page asks for them again until they are there. */
const mayBeGone = /\/(snapshot\.mp4|v1\/streams\/live\/\w+)$/

async function shoot(page: Page, name: string): Promise<void> {
  if (!SCREENSHOTS) return
  await mkdir(SCREENSHOTS, { recursive: true })
  await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`) })
}

describe('a person in a browser', () => {
  let browser: Browser
  let server: RunningServer

  before(async () => {
    browser = await openBrowser()
    server = await mediaServer({ GRACE_SECONDS: '0' })
  })
  after(async () => {
    await browser.close()
    await server[Symbol.asyncDispose]()
  })

  test('sees what is on air as it begins and ends, with its newest picture', async () => {
    await using tab = await openTab(browser, { mayBeGone })
    const { page } = tab
    await page.goto(server.http)
    await page.getByText('Nothing is on air').waitFor()
    const encoder: Encoder = publishPicture(`${server.rtmp}/live/bars`)
    await page.getByText('H.264 + AAC, 320 × 180').waitFor()
    const preview = () => page.evaluate('document.querySelector(".preview video").videoWidth')
    await eventually(async () => assert.equal(await preview(), 320))
    await shoot(page, 'on-air')
    assert.deepEqual(tab.complaints, [])
    await page.getByRole('link', { name: 'live/bars' }).click()
    await page.getByText('Live', { exact: true }).waitFor()
    encoder[Symbol.dispose]()
    await page.goto(server.http)
    await page.getByText('Nothing is on air').waitFor()
  })

  test('watches a stream by each protocol under the policy of the page, and sees how far behind it is', async () => {
    using _encoder = publishPicture(`${server.rtmp}/live/strip`)
    await eventually(async () => assert.equal((await server.streams()).length, 1))
    await Promise.all(
      PROTOCOLS.map(async (via) => {
        await using tab = await openTab(browser)
        const { page } = tab
        await page.goto(`${server.http}/live/strip?via=${via}`)
        await page.getByText('Live', { exact: true }).waitFor()
        await playsFor(page, 15)
        await page.getByText(/^Latency \d+\.\d s /).waitFor()
        await shoot(page, `player-${via}`)
        assert.deepEqual(tab.complaints, [], via)
      }),
    )
  })

  test('who comes before the stream, or watches when it breaks off, sees it without doing anything', async () => {
    await using stack = new AsyncDisposableStack()
    const tabs = await Promise.all(PROTOCOLS.map(async () => stack.use(await openTab(browser, { mayBeGone }))))
    const inEach = (action: (page: Page, via: string) => Promise<unknown>) =>
      Promise.all(tabs.map(({ page }, index) => action(page, PROTOCOLS[index] as string)))
    await inEach((page, via) => page.goto(`${server.http}/live/later?via=${via}`))
    for (let round = 0; round < 2; round++) {
      await inEach((page) => page.getByText('Offline', { exact: true }).waitFor())
      using encoder = publishPicture(`${server.rtmp}/live/later`)
      await inEach(async (page) => {
        await page.getByText('Live', { exact: true }).waitFor()
        // It may begin with the end of what was there before.
        await playsFor(page, 1)
      })
      encoder.process.kill('SIGKILL')
    }
    await inEach((page) => page.getByText('Offline', { exact: true }).waitFor())
    assert.deepEqual(
      tabs.map(({ complaints }) => complaints),
      PROTOCOLS.map(() => []),
    )
  })

  test('finds nothing that axe-core forbids, light and dark, on a desktop and a phone', async () => {
    using _encoder = publishPicture(`${server.rtmp}/live/bars`)
    for (const colorScheme of ['light', 'dark'] as const)
      for (const width of [1280, 360]) {
        await using tab = await openTab(browser, { colorScheme, viewport: { width, height: 700 } })
        const { page } = tab
        for (const [path, words] of [
          ['/', 'live/bars'],
          ['/live/bars', 'Live'],
          ['/live/nobody', 'Offline'],
          ['/licenses', 'Licences'],
          ['/no', 'There is no page /no.'],
        ] as const) {
          await page.goto(`${server.http}${path}`)
          await page.getByText(words, { exact: true }).first().waitFor()
          await page.evaluate(axe.source)
          const found = (await page.evaluate('axe.run()')) as {
            violations: { id: string; nodes: { html: string }[] }[]
          }
          const told = found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)
          assert.deepEqual(told, [], `${path} ${colorScheme} ${width}`)
          assert.equal(await page.evaluate('document.documentElement.scrollWidth'), width)
          await shoot(page, `${path.replaceAll('/', '-')}-${width}-${colorScheme}`)
        }
      }
  })
})

test('who watches by DASH while the publisher is away sees it go on when it returns, which dash.js alone does not', async () => {
  await using server = await mediaServer({ GRACE_SECONDS: '600' })
  await using browser = await openBrowser()
  await using tab = await openTab(browser)
  const { page } = tab
  const publishing = publishPicture(`${server.rtmp}/live/bars`)
  await eventually(async () => assert.equal((await server.streams())[0]?.onAir, true))
  await page.goto(`${server.http}/live/bars?via=dash`)
  await playsFor(page, 1)
  publishing[Symbol.dispose]()
  // It has shown all that there was; then time goes by in which there is nothing.
  await eventually(async () => assert.equal((await server.streams())[0]?.onAir, false))
  await eventually(async () => assert.ok(Number(await page.evaluate('video.readyState')) <= 2))
  using _returned = publishPicture(`${server.rtmp}/live/bars`)
  await page.getByText('Live', { exact: true }).waitFor()
  await playsFor(page, 1)
  assert.deepEqual(tab.complaints, [])
})

test('a person with a token signs in and watches; the token is not in any address', async () => {
  await using tokens = await testTokens()
  await using server = await mediaServer({ ACCESS_TOKENS_FILE: tokens.file })
  await using browser = await openBrowser()
  const submit = tokens.headers.submit.authorization.slice('Bearer '.length)
  using _encoder = publishPicture(`${server.rtmp}/live/bars?token=${submit}`)
  await using tab = await openTab(browser)
  const { page } = tab
  const addresses: string[] = []
  page.on('request', (request) => addresses.push(request.url()))
  await page.goto(`${server.http}/live/bars`)
  await page.getByLabel('Access token').fill(tokens.headers.read.authorization.slice('Bearer '.length))
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByText('Live', { exact: true }).waitFor()
  await playsFor(page, 1)
  assert.ok(addresses.some((address) => address.endsWith('/live/bars/index.m3u8')))
  assert.ok(addresses.every((address) => !address.includes('token')))
})

test('a link with a token opens the player, whatever it plays by', async () => {
  await using tokens = await testTokens()
  await using server = await mediaServer({ ACCESS_TOKENS_FILE: tokens.file })
  await using browser = await openBrowser()
  const [submit, read] = [tokens.headers.submit, tokens.headers.read].map(({ authorization }) => authorization.slice(7))
  using _encoder = publishPicture(`${server.rtmp}/live/bars?token=${submit}`)
  await Promise.all(
    PROTOCOLS.map(async (via) => {
      await using tab = await openTab(browser, { mayBeGone: /./ })
      await tab.page.goto(`${server.http}/live/bars?via=${via}&token=${read}`)
      await playsFor(tab.page, 1)
      assert.deepEqual(tab.complaints, [], via)
    }),
  )
})
