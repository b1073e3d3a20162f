import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type Browser, openBrowser, openTab } from '@livepods/testing/browser'
import type { Change } from '../src/photo-store.ts'
import { PhotoStore } from '../src/photo-store.ts'
import type { PipelineProcess } from '../src/pipeline-status.ts'
import { frontend } from './support/frontend.ts'
import { addPerson, addPhoto, finish } from './support/rows.ts'

const ANY = { host: '127.0.0.1', port: 0 }

describe('a page that is open', () => {
  let browser: Browser
  before(async () => {
    browser = await openBrowser()
  })
  after(() => browser.close())

  test('shows new photos and their states without being loaded again', async () => {
    await using front = await frontend()
    const anna = await addPerson(front.database, 'Anna')
    const url = await front.app.listen(ANY)
    await using tab = await openTab(browser)
    const { page } = tab
    await page.goto(url)
    await page.evaluate('window.sameDocument = true')
    await page.getByText('No photos yet').waitFor()

    const id = await addPhoto(front.database, { path: 'new.jpg' })
    const card = page.locator(`#photo-${id}`)
    await card.getByText('pending').waitFor()
    await page.getByText('No photos yet').waitFor({ state: 'detached' })
    await page.locator('#status').getByText('pending 1').waitFor()

    await finish(front.database, id, 'IDENTIFIED', [{ person: anna, distance: 0.42 }])
    await card.getByText('0.42').waitFor()
    assert.equal(await card.locator('h2').textContent(), 'Anna')
    assert.equal(await card.locator('rect.box').count(), 1)
    await page.locator('#status').getByText('known 1').waitFor()
    assert.equal(await page.evaluate('window.sameDocument'), true)
    assert.deepEqual(tab.complaints, [])
  })

  test('keeps its filter: what no longer fits leaves, what fits comes', async () => {
    await using front = await frontend()
    const anna = await addPerson(front.database, 'Anna')
    const kim = await addPerson(front.database, 'Kim')
    const id = await addPhoto(front.database, { path: 'first.jpg' })
    const url = await front.app.listen(ANY)
    await using waiting = await openTab(browser)
    await using ofAnna = await openTab(browser)
    await waiting.page.goto(`${url}/?state=pending`)
    await ofAnna.page.goto(`${url}/?person=${anna}`)
    await waiting.page.locator(`#photo-${id}`).waitFor()

    await finish(front.database, id, 'IDENTIFIED', [{ person: kim, distance: 0.1 }])
    const other = await addPhoto(front.database, { path: 'second.jpg' })
    await finish(front.database, other, 'IDENTIFIED', [{ person: anna, distance: 0.1 }])
    await ofAnna.page.locator(`#photo-${other}`).waitFor()
    await waiting.page.locator(`#photo-${id}`).waitFor({ state: 'detached' })
    assert.equal(await ofAnna.page.locator('#grid > li').count(), 1)
    await waiting.page.getByText('No photo fits this filter').waitFor()
  })

  test('keeps 48 photos, the focus, and a link to the older ones that begins after the last', async () => {
    await using front = await frontend()
    const ids: string[] = []
    for (let index = 0; index < 50; index++) ids.push(await addPhoto(front.database, { path: `${index}` }))
    const url = await front.app.listen(ANY)
    await using tab = await openTab(browser)
    const { page } = tab
    await page.goto(url)
    const focused = ids[49] ?? ''
    await page.locator(`#photo-${focused} a`).focus()
    await finish(front.database, focused, 'NO_FACE')
    const added = await addPhoto(front.database, { path: 'one more' })
    await page.locator(`#photo-${added}`).waitFor()
    await page.locator(`#photo-${focused}`).getByText('failed').waitFor()
    assert.equal(await page.locator('#grid > li').count(), 48)
    assert.equal(await page.evaluate('document.activeElement.closest("li")?.id'), `photo-${focused}`)
    await page.getByRole('link', { name: 'Older' }).click()
    await page.waitForURL(/before=/)
    assert.deepEqual(
      await page.locator('#grid > li').evaluateAll((cards) => cards.map(({ id }) => id)),
      ids
        .slice(0, 3)
        .toReversed()
        .map((id) => `photo-${id}`),
    )
  })

  test('says that the connection is lost, comes back by itself, and shows what it missed', async () => {
    await using front = await frontend()
    const url = await front.app.listen(ANY)
    await using tab = await openTab(browser)
    const { page } = tab
    await page.goto(url)
    await page.getByText('No photos yet').waitFor()
    const store = new PhotoStore(front.database)
    await front.app.close()
    await page.getByText('The connection to the server is lost').waitFor()
    const id = await addPhoto(front.database, { path: 'missed.jpg' })
    await using again = await frontend({ store })
    await again.app.listen({ ...ANY, port: Number(new URL(url).port) })
    await page.locator(`#photo-${id}`).waitFor()
    assert.equal(await page.locator('#connection').textContent(), '')
  })

  test('says that the database does not answer, and goes on when it does', async () => {
    await using front = await frontend()
    class Store extends PhotoStore {
      away = false
      override async throwChangedSince(from: Date, limit: number): Promise<Change[]> {
        if (this.away) throw new Error('away')
        return await super.throwChangedSince(from, limit)
      }
    }
    const store = new Store(front.database)
    await using second = await frontend({ store })
    await using tab = await openTab(browser)
    await tab.page.goto(await second.app.listen(ANY))
    store.away = true
    await tab.page.getByText('The database does not answer').waitFor()
    const id = await addPhoto(front.database, { path: 'meanwhile.jpg' })
    store.away = false
    await tab.page.locator(`#photo-${id}`).waitFor()
    // What is said of the connection comes by an event of its own.
    await tab.page.locator('#connection:empty').waitFor({ state: 'attached' })
  })

  test('shows a photo’s own story as it goes on', async () => {
    await using front = await frontend()
    const id = await addPhoto(front.database, { path: 'a.jpg', status: 3, attempts: 1, claimedAgo: 10, dueIn: 30_000 })
    await using tab = await openTab(browser)
    await tab.page.goto(`${await front.app.listen(ANY)}/photos/${id}`)
    await tab.page.getByText('It is being looked at').waitFor()
    await finish(front.database, id, 'UNIDENTIFIED', [{}])
    await tab.page.getByRole('heading', { name: '1 unknown face' }).waitFor()
    assert.equal(await tab.page.locator('.boxes a').count(), 1)
  })

  test('leaves unfolded what somebody unfolded', async () => {
    await using front = await frontend()
    const anna = await addPerson(front.database, 'Anna')
    const id = await addPhoto(front.database, { path: 'a.jpg' })
    await finish(front.database, id, 'IDENTIFIED', [{ person: anna, distance: 0.42 }])
    await using tab = await openTab(browser)
    await tab.page.goto(`${await front.app.listen(ANY)}/photos/${id}`)
    await tab.page.getByText('Is that wrong?').click()
    await front.database.change('UPDATE faces SET distance = 0.33 WHERE image_id = ?', [id])
    await front.database.change('UPDATE images SET updated_at = UTC_TIMESTAMP(3) WHERE id = ?', [id])
    await tab.page.getByText('Distance 0.33').waitFor()
    assert.ok(await tab.page.getByRole('button', { name: 'Not Anna' }).isVisible())
  })

  test('shows the pipeline status as it changes', async () => {
    const status = { service: 's', version: '1', since: '', state: 'ready', faults: {}, parts: { queue: { depth: 7 } } }
    const process: PipelineProcess = {
      name: 'receiver',
      address: 'h:1',
      error: undefined,
      status: { ...status, ready: true },
    }
    const now = { processes: [process] }
    await using front = await frontend({ pipeline: { processes: async () => now.processes } })
    await using tab = await openTab(browser)
    await tab.page.goto(`${await front.app.listen(ANY)}/chain`)
    await tab.page.getByText('1 process is ready').waitFor()
    now.processes = [{ ...process, status: undefined, error: 'Nothing listens there.' }]
    await tab.page.locator('#processes').getByText('Nothing listens there.').waitFor()
    await tab.page.locator('#health').getByText('Nothing listens there.').waitFor()
    await tab.page.getByText('no answer from receiver').waitFor()
    await front.database.change("INSERT INTO images (path, last_error) VALUES ('failed.jpg', 'Identify: UNAVAILABLE')")
    await tab.page.locator('#health').getByText('failed.jpg').waitFor()
  })

  test('a page that could not be made appears as soon as it can', async () => {
    await using front = await frontend()
    const url = await front.app.listen(ANY)
    await front.database.change('RENAME TABLE images TO gone')
    await using tab = await openTab(browser)
    await tab.page.goto(url)
    await tab.page.getByText('no tables yet').waitFor()
    await front.database.change('RENAME TABLE gone TO images')
    await tab.page.getByText('No photos yet').waitFor()
  })
})
