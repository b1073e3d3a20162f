import assert from 'node:assert/strict'
import { mkdir } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { eventually, testTokens } from '@livepods/testing'
import { type Browser, openBrowser, openTab, type Page } from '@livepods/testing/browser'
import { type Encoder, publishPicture } from './support/ffmpeg.ts'
import { mediaServer, type RunningServer } from './support/media-server.ts'

const axe: { source: string } = createRequire(import.meta.url)('axe-core')
/** Where pictures of the pages go, for people to look at. */
const { SCREENSHOTS } = process.env

/** Seconds that the page's video has played. */
const playedSeconds = async (page: Page) => Number(await page.evaluate('document.querySelector("#video").currentTime'))

/** Resolves when the video has gone on for so long. */
async function playsFor(page: Page, seconds: number): Promise<void> {
  const from = await playedSeconds(page)
  await eventually(async () => assert.ok((await playedSeconds(page)) > from + seconds))
}

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

  test('sees what is on air as it begins and ends, opens it, and it plays under the policy of the page', async () => {
    await using tab = await openTab(browser)
    const { page } = tab
    await page.goto(server.http)
    await page.getByText('Nothing is on air').waitFor()
    const encoder: Encoder = publishPicture(`${server.rtmp}/live/bars`)
    await page.getByText('H.264 + AAC, 320 × 180').waitFor()
    await shoot(page, 'on-air')
    await page.getByRole('link', { name: 'live/bars' }).click()
    await page.getByText('Live', { exact: true }).waitFor()
    await playsFor(page, 15)
    await shoot(page, 'player')
    assert.deepEqual(await page.evaluate('[video.videoWidth, video.videoHeight, video.error]'), [320, 180, null])
    assert.deepEqual(tab.complaints, [])
    encoder[Symbol.dispose]()
    await page.goto(server.http)
    await page.getByText('Nothing is on air').waitFor()
  })

  test('who comes before the stream, or watches when it breaks off, sees it without doing anything', async () => {
    await using tab = await openTab(browser)
    const { page } = tab
    await page.goto(`${server.http}/live/later`)
    await page.getByText('Nobody publishes this stream now.').waitFor()
    for (let round = 0; round < 2; round++) {
      using _encoder = publishPicture(`${server.rtmp}/live/later`)
      await page.getByText('Live', { exact: true }).waitFor()
      await playsFor(page, 1)
      _encoder.process.kill('SIGKILL')
      await page.getByText(/The stream has ended|Nobody publishes/).waitFor()
    }
    // The browser itself says that there was a 404.
    assert.deepEqual(
      tab.complaints.filter((text) => !text.includes('404')),
      [],
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
  assert.ok(addresses.some((address) => address.endsWith('/live/bars.flv')))
  assert.ok(addresses.every((address) => !address.includes('token')))
})
