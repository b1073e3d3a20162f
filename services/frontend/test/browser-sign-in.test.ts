import assert from 'node:assert/strict'
import { mkdir } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { testTokens } from '@livepods/testing'
import { type Browser, openBrowser, openTab } from '@livepods/testing/browser'
import { frontend, type TestFrontend } from './support/frontend.ts'
import { addPhoto } from './support/rows.ts'

const axe: { source: string } = createRequire(import.meta.url)('axe-core')
/** Where pictures of the page go, for people to look at. */
const { SCREENSHOTS } = process.env

describe('a person with a token', () => {
  let browser: Browser
  let front: TestFrontend
  let tokens: Awaited<ReturnType<typeof testTokens>>
  let url: string

  before(async () => {
    browser = await openBrowser()
    tokens = await testTokens()
    front = await frontend({ access: tokens.access })
    await addPhoto(front.database, { path: 'one.jpg' })
    url = await front.app.listen({ host: '127.0.0.1', port: 0 })
  })
  after(async () => {
    await browser.close()
    await front[Symbol.asyncDispose]()
    await tokens[Symbol.asyncDispose]()
  })

  for (const javaScriptEnabled of [true, false]) {
    test(`is asked once, goes on where they wanted to, and signs out, ${javaScriptEnabled ? 'with' : 'without'} JavaScript`, async () => {
      await using tab = await openTab(browser, { javaScriptEnabled })
      const { page } = tab
      await page.goto(`${url}/?state=pending`)
      await page.getByLabel('Access token').fill('wrong-token-0123456789')
      await page.keyboard.press('Enter')
      await page.getByText('This access token is not known here.').waitFor()
      await page.getByLabel('Access token').fill(tokens.headers.read.authorization.slice('Bearer '.length))
      await page.getByRole('button', { name: 'Sign in' }).click()
      await page.getByText('one.jpg').first().waitFor()
      assert.equal(page.url(), `${url}/?state=pending`)
      const again = await page.goto(`${url}/chain`)
      assert.equal(again?.status(), 200)
      await page.getByRole('button', { name: 'Sign out' }).click()
      await page.getByLabel('Access token').waitFor()
      assert.equal((await page.goto(`${url}/chain`))?.status(), 401)
      assert.deepEqual(
        tab.complaints.filter((text) => !text.includes('401')),
        [],
      )
    })
  }

  test('gets live updates, and is told when they are signed out meanwhile', async () => {
    await using tab = await openTab(browser)
    const { page } = tab
    await page.goto(`${url}/sign-in`)
    await page.getByLabel('Access token').fill(tokens.headers.read.authorization.slice('Bearer '.length))
    await page.keyboard.press('Enter')
    await page.getByText('one.jpg').first().waitFor()
    await addPhoto(front.database, { path: 'two.jpg' })
    await page.getByText('two.jpg').first().waitFor()
    await page.context().clearCookies()
    // A hidden page lets go of its connection; a shown one comes back.
    for (const hidden of [true, false])
      await page.evaluate(`Object.defineProperty(document, 'hidden', { value: ${hidden}, configurable: true });
        document.dispatchEvent(new Event('visibilitychange'))`)
    await page.getByText('You are signed out. Load the page again to sign in.').waitFor()
  })

  test('finds nothing that axe-core forbids, light and dark, on a desktop and a phone', async () => {
    if (SCREENSHOTS) await mkdir(SCREENSHOTS, { recursive: true })
    for (const colorScheme of ['light', 'dark'] as const) {
      for (const width of [1280, 360]) {
        await using tab = await openTab(browser, { colorScheme, viewport: { width, height: 700 } })
        const { page } = tab
        for (const step of ['asked', 'refused', 'in'] as const) {
          if (step === 'asked') await page.goto(url)
          else {
            const token = step === 'in' ? tokens.headers.read.authorization.slice('Bearer '.length) : 'wrong'
            await page.getByLabel('Access token').fill(token)
            await page.keyboard.press('Enter')
            await page
              .getByText(step === 'in' ? 'one.jpg' : 'is not known here')
              .first()
              .waitFor()
          }
          await page.evaluate(axe.source)
          const found = (await page.evaluate('axe.run()')) as {
            violations: { id: string; nodes: { html: string }[] }[]
          }
          const told = found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)
          assert.deepEqual(told, [], `${step} ${colorScheme} ${width}`)
          assert.equal(await page.evaluate('document.documentElement.scrollWidth'), width)
          if (SCREENSHOTS) await page.screenshot({ path: join(SCREENSHOTS, `${step}-${width}-${colorScheme}.png`) })
        }
      }
    }
  })
})
