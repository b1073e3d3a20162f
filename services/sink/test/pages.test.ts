import assert from 'node:assert/strict'
import { mkdir } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { MessagesClient } from '@livepods/messages'
import { freshDatabase, type TestDatabase, testTokens } from '@livepods/testing'
import { type Browser, openBrowser, openTab, type Page } from '@livepods/testing/browser'
import { type LogFolder, logFolder } from './support/log-folder.ts'
import { type RunningSink, startSink } from './support/sink.ts'

const axe: { source: string } = createRequire(import.meta.url)('axe-core')
/** Where pictures of the pages go, for people to look at. */
const { SCREENSHOTS } = process.env

async function shoot(page: Page, name: string): Promise<void> {
  if (!SCREENSHOTS) return
  await mkdir(SCREENSHOTS, { recursive: true })
  await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`), fullPage: true })
}

describe('a person in a browser', () => {
  let fresh: TestDatabase
  let folder: LogFolder
  let browser: Browser
  let sink: RunningSink

  before(async () => {
    fresh = await freshDatabase()
    folder = await logFolder()
    browser = await openBrowser()
    sink = await startSink(fresh, folder)
  })
  after(async () => {
    await browser.close()
    await sink[Symbol.asyncDispose]()
    await folder[Symbol.asyncDispose]()
    await fresh[Symbol.asyncDispose]()
  })

  test('sees messages as they come, and their way; gaps and duplicates are marked', async () => {
    await using tab = await openTab(browser)
    const { page } = tab
    await page.goto(sink.url)
    await page.getByText('No message yet').waitFor()
    const state = { name: 'relays-0', waiting: 3, oldest: new Date(), parked: 1, deadLetters: 0 }
    using relay = new MessagesClient({ url: sink.url, relay: () => state })
    const message = (stream: string, seq: number) => ({ stream, seq, content: `<b>message</b> ${seq}\nof ${stream}` })
    await relay.send([message('senders-1~6f0c7d1e', 1), message('senders-1~6f0c7d1e', 2), message('senders-2~91ab', 3)])
    await page.getByText('<b>message</b> 2\\nof senders-1~6f0c7d1e').waitFor()
    const first = page.locator('.stream', { hasText: 'senders-1' })
    await first.getByText('in order').waitFor()
    await first.getByText('by relays-0 to sink').first().waitFor()
    const second = page.locator('.stream', { hasText: 'senders-2' })
    await second.getByText('gap', { exact: true }).waitFor()
    await second.getByText('Missing 1 to 2').waitFor()
    await page.getByText('3 waiting').waitFor()
    await relay.send([message('senders-1~6f0c7d1e', 2)])
    await first.getByText('1 duplicate dropped').waitFor()
    await relay.send([message('senders-2~91ab', 1), message('senders-2~91ab', 2), message('senders-2~91ab', 3)])
    await second.getByText('in order').waitFor()
    await shoot(page, 'messages')
    assert.deepEqual(tab.complaints, [])
  })

  test('finds nothing that axe complains of, in light and dark, wide and narrow', async () => {
    for (const colorScheme of ['light', 'dark'] as const)
      for (const width of [1280, 360]) {
        await using tab = await openTab(browser, { colorScheme, viewport: { width, height: 800 } })
        await tab.page.goto(sink.url)
        await tab.page.evaluate(axe.source)
        const { violations } = (await tab.page.evaluate('axe.run()')) as {
          violations: { id: string; nodes: object[] }[]
        }
        assert.deepEqual(
          violations.map(({ id, nodes }) => `${id}: ${JSON.stringify(nodes[0])}`),
          [],
        )
        const overflow = await tab.page.evaluate('document.documentElement.scrollWidth - innerWidth')
        assert.equal(overflow, 0)
      }
  })

  test('signs in where tokens are set', async () => {
    await using tokens = await testTokens()
    await using other = await logFolder()
    await using guarded = await startSink(fresh, other, { ACCESS_TOKENS_FILE: tokens.file })
    await using tab = await openTab(browser)
    await tab.page.goto(guarded.url)
    await tab.page.locator('input[type=password]').fill(tokens.headers.read.authorization.replace('Bearer ', ''))
    await tab.page.keyboard.press('Enter')
    await tab.page.getByRole('heading', { name: 'Messages' }).waitFor()
  })
})
