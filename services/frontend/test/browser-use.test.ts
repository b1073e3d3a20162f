import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { type Browser, openBrowser, openTab } from '@livepods/testing/browser'
import sharp from 'sharp'
import { frontend, type TestFrontend } from './support/frontend.ts'
import { addPerson, addPhoto } from './support/rows.ts'

const axe: { source: string } = createRequire(import.meta.url)('axe-core')
const LONG_NAME = 'Wolfeschlegelsteinhausenbergerdorff'.repeat(8).slice(0, 255)

describe('people', () => {
  let browser: Browser
  let front: TestFrontend
  let url: string
  let group: string
  let failed: string
  let peoplePages: string[]

  before(async () => {
    browser = await openBrowser()
    const breaker = {
      state: 'open',
      nextPingAt: '2099-01-01T00:00:00Z',
      history: [{ at: '2026-01-01T00:00:00Z', to: 'open', reason: 'away' }],
    }
    const status = {
      service: 's',
      version: '1',
      since: '2026-01-01T00:00:00Z',
      state: 'ready',
      ready: true,
      faults: { db: 'away' },
    }
    const parts = { breaker, queue: { depth: 7, oldestPendingSeconds: 3 }, threshold: 0.6 }
    const process = { name: 'image-processor', address: 'h:1', error: undefined, status: { ...status, parts } }
    const silent = { name: 'receiver', address: 'h:2', error: 'Nothing listens there.', status: undefined }
    front = await frontend({
      pipeline: { processes: async () => [process, silent] },
      navigation: [{ name: 'Live', url: '/live' }],
      known: {
        ...{ warnings: new Map(), fault: undefined, state: undefined, poll: async () => {} },
        skipped: { files: [{ name: `anna/${LONG_NAME}.heic`, reason: 'It is not read.' }], total: 2 },
      },
    })
    const picture = sharp({ create: { width: 640, height: 400, channels: 3, background: '#9ab' } })
    await writeFile(join(front.folder, 'group.jpg'), await picture.jpeg().toBuffer())
    const names = ['Anna', 'عبد الرحمن', '👩‍👩‍👧‍👦', '<b>Bob</b>', LONG_NAME]
    const people: number[] = []
    for (const name of names) people.push(await addPerson(front.database, name))
    const [anna = 0] = people
    for (let index = 0; index < 49; index++) await addPhoto(front.database, { path: `${index}.jpg`, dueIn: 0 })
    failed = await addPhoto(front.database, {
      path: 'no.jpg',
      status: 2,
      outcome: 'MISSING',
      claimedAgo: 50,
      finishedAgo: 5,
      attempts: 2,
      lastError: 'no such file',
    })
    await addPhoto(front.database, { path: 'u.jpg', outcome: 'UNIDENTIFIED', faces: [{ person: anna, distance: 0.7 }] })
    await addPhoto(front.database, { path: 'p.jpg', status: 3, claimedAgo: 5, dueIn: 9000 })
    group = await addPhoto(front.database, {
      path: 'group.jpg',
      status: 1,
      outcome: 'IDENTIFIED',
      person: anna,
      claimedAgo: 500,
      finishedAgo: 100,
      faces: people.map((person, index) => ({
        person,
        distance: 0.3 + index / 20,
        runnerUp: [anna, 0.7],
        box: [0.19 * index, 0.3, 0.12, 0.2],
      })),
    })
    const stranger = await front.database.change('INSERT INTO face_groups (person_id) VALUES (NULL)')
    await front.database.change('UPDATE faces SET group_id = ? WHERE person_id IS NULL', [stranger.insertId])
    const image = ['anna/1.jpg', anna]
    await front.database.change('INSERT INTO person_images (image_name, person_id) VALUES (?, ?)', image)
    const by = { actor: 'test', requestId: 'r' }
    const changed = await front.people.rename(by, anna, 'Anna', { another: true })
    peoplePages = ['/people', `/people?change=${changed}`, `/people/${anna}?change=${changed}`]
    url = await front.app.listen({ host: '127.0.0.1', port: 0 })
  })
  after(async () => {
    await browser.close()
    await front[Symbol.asyncDispose]()
  })

  test('find nothing that axe-core forbids, on any page, light and dark, on a desktop and a phone', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      for (const width of [1280, 360]) {
        await using tab = await openTab(browser, { colorScheme, viewport: { width, height: 780 } })
        for (const path of ['/', `/photos/${group}`, `/photos/${failed}`, ...peoplePages, '/chain', '/none']) {
          await tab.page.goto(url + path)
          await tab.page.evaluate(axe.source)
          const found = (await tab.page.evaluate('axe.run()')) as {
            violations: { id: string; nodes: { html: string }[] }[]
          }
          const told = found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)
          assert.deepEqual(told, [], `${path} ${colorScheme} ${width}`)
          const wide = await tab.page.evaluate('document.documentElement.scrollWidth')
          assert.equal(wide, width, `${path} is wider than the screen`)
        }
        assert.deepEqual(
          tab.complaints.filter((text) => !text.includes('404')),
          [],
        )
      }
    }
  })

  test('see names with HTML, from right to left, emoji and 255 characters as they are', async () => {
    await using tab = await openTab(browser)
    await tab.page.goto(`${url}/photos/${group}`)
    const names = await tab.page.locator('.face h3').allInnerTexts()
    assert.deepEqual(names.slice(0, 4), ['1 Anna', '2 عبد الرحمن', '3 👩‍👩‍👧‍👦', '4 <b>Bob</b>'])
    assert.equal(await tab.page.locator('.face h3 bdi').nth(4).getAttribute('title'), LONG_NAME)
  })

  test('reach a photo and each of its faces by keyboard', async () => {
    await using tab = await openTab(browser)
    const { page } = tab
    await page.goto(url)
    await page.keyboard.press('Tab')
    assert.equal(await page.evaluate('document.activeElement.textContent'), 'Skip to the content')
    await page.keyboard.press('Enter')
    const reached = async (selector: string) => {
      for (let presses = 0; presses < 30; presses++) {
        await page.keyboard.press('Tab')
        if (await page.evaluate(`document.activeElement.matches(${JSON.stringify(selector)})`)) return
      }
      assert.fail(`${selector} is not reached by keyboard`)
    }
    await reached(`#photo-${group} a`)
    await page.keyboard.press('Enter')
    await page.waitForURL(`**/photos/${group}`)
    await reached('.boxes a')
    assert.equal(
      await page.evaluate('document.activeElement.getAttribute("aria-label")'),
      'Face 1: Anna, distance 0.30',
    )
    await page.keyboard.press('Enter')
    await page.locator('.face:target').waitFor()
    assert.match((await page.locator('.face:target h3').textContent()) ?? '', /Anna/)
    await page.locator('.boxes a[aria-current=true]').waitFor()
  })

  test('choose a state and a person', async () => {
    await using tab = await openTab(browser)
    await tab.page.goto(url)
    await tab.page.locator('select[name=state]').selectOption('known')
    await tab.page.locator('select[name=person]').selectOption({ label: 'Anna' })
    await tab.page.getByRole('button', { name: 'Show' }).click()
    await tab.page.waitForURL(/state=known&person=\d+/)
    assert.equal(await tab.page.locator('#grid > li').count(), 1)
    await tab.page.locator('#status a', { hasText: 'failed' }).click()
    await tab.page.waitForURL(/state=failed$/)
    await tab.page.locator(`#photo-${failed}`).waitFor()
  })

  test('choose a theme that stays chosen', async () => {
    await using tab = await openTab(browser, { colorScheme: 'light' })
    const { page } = tab
    const paper = () => page.evaluate('getComputedStyle(document.body).backgroundColor')
    await page.goto(url)
    const light = await paper()
    const button = page.getByRole('button', { name: 'Theme: auto' })
    await button.click()
    await page.getByRole('button', { name: 'Theme: light' }).click()
    await page.getByRole('button', { name: 'Theme: dark' }).waitFor()
    const dark = await paper()
    assert.notEqual(dark, light)
    await page.goto(`${url}/chain`)
    assert.equal(await paper(), dark)
  })

  test('need no JavaScript to see photos, filter them and turn pages', async () => {
    await using tab = await openTab(browser, { javaScriptEnabled: false })
    const { page } = tab
    await page.goto(url)
    await page.locator(`#photo-${group} img`).waitFor()
    await page.locator('select[name=state]').selectOption('pending')
    await page.getByRole('button', { name: 'Show' }).click()
    await page.getByRole('link', { name: 'Older' }).click()
    await page.waitForURL(/before=/)
    assert.equal(await page.locator('#grid > li').count(), 1)
    await page.goto(`${url}/photos/${group}`)
    await page.getByRole('heading', { name: 'History' }).waitFor()
    assert.equal(await page.getByRole('button', { name: /Theme/ }).count(), 0)
  })

  test('see the boxes exactly over the picture', async () => {
    await using tab = await openTab(browser)
    await tab.page.goto(`${url}/photos/${group}`)
    await tab.page.evaluate('document.querySelector(".stage img").decode()')
    const picture = await tab.page.locator('.stage img').boundingBox()
    const box = await tab.page.locator('.boxes rect').nth(1).boundingBox()
    assert.ok(picture && box)
    assert.ok(Math.abs((box.x - picture.x) / picture.width - 0.19) < 0.01)
    assert.ok(Math.abs((box.y - picture.y) / picture.height - 0.3) < 0.01)
    assert.ok(Math.abs(box.width / picture.width - 0.12) < 0.01)
  })
})
