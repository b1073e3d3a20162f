import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { eventually } from '@livepods/testing'
import { type Browser, openBrowser, openTab, type Page } from '@livepods/testing/browser'
import { frontend, type TestFrontend } from './support/frontend.ts'
import { addPhoto, finish } from './support/rows.ts'

const PHOTOS = 10_000
/** From here on the whole way is gone: all of it takes a minute of Chromium's time. */
const BEGIN = 3000
const ANY = { host: '127.0.0.1', port: 0 }

const idsOn = async (page: Page) =>
  (await page.evaluate("[...document.querySelectorAll('.grid > li')].map(({ id }) => id.slice(6))")) as string[]

describe('10 000 photos', () => {
  let browser: Browser
  let front: TestFrontend
  let url: string

  before(async () => {
    browser = await openBrowser()
    front = await frontend()
    const rows = Array.from({ length: PHOTOS }, (_, i) => [`${i + 1}.jpg`, 'NO_FACE', 2])
    for (let at = 0; at < PHOTOS; at += 1000)
      await front.database.change(
        `INSERT INTO images (path, outcome, status, updated_at) VALUES ${'(?, ?, ?, UTC_TIMESTAMP(3)), '.repeat(1000).slice(0, -2)}`,
        rows.slice(at, at + 1000).flat(),
      )
    url = await front.app.listen(ANY)
  })
  after(async () => {
    await browser.close()
    await front[Symbol.asyncDispose]()
  })

  async function openPhotos(query = '') {
    const tab = await openTab(browser)
    // There are no pictures, and the answers that say so would take most of the time.
    await tab.page.route(/thumbnail/, (route) => route.abort())
    await tab.page.goto(url + query)
    await tab.page.locator('#grid > li').nth(47).waitFor()
    return tab
  }
  const down = (page: Page) => page.evaluate('scrollTo(0, document.documentElement.scrollHeight)')

  test('come one after the other as one scrolls, each once, and the page stays small', async () => {
    await using tab = await openPhotos(`/?before=${BEGIN}`)
    const { page } = tab
    const seen = new Set<string>()
    let [most, last] = [0, BEGIN]
    await eventually(
      async () => {
        const ids = await idsOn(page)
        for (const id of ids.map(Number).filter((id) => id < last)) {
          assert.equal(id, last - 1, 'none is left out')
          last = id
        }
        for (const id of ids) seen.add(id)
        most = Math.max(most, Number(await page.evaluate("document.querySelectorAll('*').length")))
        await down(page)
        assert.equal(last, 1)
      },
      { withinMs: 300_000, everyMs: 5 },
    )
    assert.equal(seen.size, BEGIN - 1)
    assert.ok(most < 20_000, `${most} elements at once`)
    assert.equal(await page.locator('#after a[rel=next]').count(), 0)
    // Not by way of the top, where the list may begin anew.
    await page.evaluate('scrollTo(0, document.documentElement.scrollHeight / 2)')
    await eventually(async () => {
      const ids = await idsOn(page)
      assert.ok(
        ids.some((id) => Number(id) > 1000 && Number(id) < 2000),
        'what was left is there again',
      )
    })
    assert.deepEqual(
      tab.complaints.filter((text) => !text.includes('ERR_FAILED')),
      [],
    )
  })

  test('stay live: what changes far below is shown there, what is new waits at the top', async () => {
    await using tab = await openPhotos()
    const { page } = tab
    await eventually(async () => {
      await down(page)
      assert.ok((await page.locator('.older .grid').count()) >= 6)
    })
    const middle = String(PHOTOS - 130)
    await finish(front.database, middle, 'UNIDENTIFIED', [{}])
    const added = await addPhoto(front.database, { path: 'new.jpg' })
    await page.evaluate("document.querySelectorAll('.older .grid')[1].scrollIntoView()")
    await page.locator(`.older #photo-${middle}[data-state=unknown]`).waitFor()
    assert.equal(await page.locator(`#photo-${added}`).count(), 0)
    await page.evaluate('scrollTo(0, 0)')
    await page.locator(`#grid > #photo-${added}`).waitFor()
    assert.equal(await page.locator('#grid > li').count(), 48)
    await page.locator('#after a[rel=next]').waitFor()
    await front.database.change('DELETE FROM images WHERE id = ?', [added])
  })

  test('show what changed while the server made its answer: one for a page of them, or for all again', async () => {
    await using tab = await openPhotos()
    const { page } = tab
    const [first, below, marked] = [PHOTOS - 10, PHOTOS - 60, PHOTOS - 61]
    /** Changes a photo further down while the server's answer, which does not know of it, is under way. */
    const changeDuring = async (ask: () => Promise<unknown>, outcome: 'UNIDENTIFIED' | 'UNREADABLE', state: string) => {
      let hasChanged = false
      await page.route(
        (url) => url.searchParams.get('before') === String(PHOTOS - 47),
        async (route) => {
          const response = await route.fetch()
          const body = await response.text()
          // It is asked again where the list began anew meanwhile.
          if (!hasChanged) {
            hasChanged = true
            for (const id of [below, first]) await finish(front.database, String(id), outcome, [])
            // What is told later is shown: so was what had been told before.
            await page.locator(`#grid > #photo-${first}[data-state=${state}]`).waitFor()
          }
          const id = `id="photo-${marked}"`
          await route.fulfill({ response, body: body.replace(id, `${id} data-answer="${state}"`) })
        },
      )
      await ask()
      await page.locator(`.older #photo-${marked}[data-answer=${state}]`).waitFor()
      await page.locator(`.older #photo-${below}[data-state=${state}]`).waitFor()
      await page.unrouteAll({ behavior: 'wait' })
    }
    await changeDuring(() => down(page), 'UNIDENTIFIED', 'unknown')
    const reload = () =>
      front.database.change('UPDATE images SET updated_at = UTC_TIMESTAMP(3) WHERE id < ?', [PHOTOS - 9000])
    await changeDuring(reload, 'UNREADABLE', 'failed')
  })

  test('go on where the list began anew while somebody was at its end', async () => {
    await using tab = await openPhotos()
    const { page } = tab
    const asked = Promise.withResolvers<void>()
    const begunAnew = Promise.withResolvers<void>()
    await page.route(/before=/, async (route) => {
      asked.resolve()
      await begunAnew.promise
      await route.continue()
    })
    await down(page)
    await asked.promise
    await page.evaluate("document.querySelector('#after > *').dataset.was = 'here'")
    // More than are told one by one.
    await front.database.change('UPDATE images SET updated_at = UTC_TIMESTAMP(3) WHERE id > ?', [PHOTOS - 500])
    await page.locator('#after > [data-was]').waitFor({ state: 'detached' })
    begunAnew.resolve()
    await page.locator('.older .grid').first().waitFor()
  })

  test('go on by themselves where the server did not answer', async () => {
    await using tab = await openPhotos()
    const { page } = tab
    await page.route(/before=/, (route) => route.abort(), { times: 1 })
    const refused = page.waitForEvent('requestfailed', (request) => request.url().includes('before='))
    await down(page)
    await refused
    await page.locator('.older .grid').first().waitFor()
  })

  test('fill whole rows at every width', async () => {
    await using tab = await openPhotos()
    for (let width = 320; width <= 1500; width += 20) {
      await tab.page.setViewportSize({ width, height: 700 })
      const columns = Number(
        await tab.page.evaluate(
          "getComputedStyle(document.querySelector('#grid')).gridTemplateColumns.split(' ').length",
        ),
      )
      assert.equal(48 % columns, 0, `${columns} columns at ${width}`)
    }
  })

  test('need no JavaScript: links lead to the older ones', async () => {
    await using tab = await openTab(browser, { javaScriptEnabled: false })
    const { page } = tab
    await page.goto(url)
    for (let time = 0; time < 3; time++) {
      await page.getByRole('link', { name: 'Older' }).click()
      await page.waitForURL(new RegExp(`before=${PHOTOS - 48 * (time + 1) + 1}`))
      assert.equal(await page.locator('#grid > li').count(), 48)
    }
  })
})
