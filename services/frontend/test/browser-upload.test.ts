import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { createRequire } from 'node:module'
import { after, before, describe, test } from 'node:test'
import { eventually } from '@livepods/testing'
import { type Browser, openBrowser, openTab } from '@livepods/testing/browser'
import sharp from 'sharp'
import { Receiver } from '../src/receiver.ts'
import { frontend, type TestFrontend } from './support/frontend.ts'
import { give } from './support/give.ts'
import { pictured } from './support/pictured.ts'
import { type FakeReceiver, fakeReceiver } from './support/receiver.ts'
import { addPhoto, finish } from './support/rows.ts'

const axe: { source: string } = createRequire(import.meta.url)('axe-core')

const pathOf = (bytes: Buffer) => `uploads/${createHash('sha256').update(bytes).digest('hex')}.jpg`
const photo = (background: string) => sharp({ create: { width: 64, height: 48, channels: 3, background } })
const jpeg = (background: string) => photo(background).jpeg().toBuffer()

describe('people who bring photos', () => {
  let browser: Browser
  let fake: FakeReceiver
  let receiver: Receiver
  let front: TestFrontend
  let url: string
  /** Answers wait for it. */
  let gate: Promise<unknown> = Promise.resolve()

  const ids = new Map<string, string>()
  const take: FakeReceiver['answer'] = async (bytes) => {
    await gate
    const path = pathOf(bytes)
    const isNew = !ids.has(path)
    const id = ids.get(path) ?? (await addPhoto(front.database, { path, dueIn: 0 }))
    ids.set(path, id)
    return { status: isNew ? 202 : 200, body: { id, status: 'PENDING', href: `/v1/images/${id}` } }
  }

  before(async () => {
    browser = await openBrowser()
    fake = await fakeReceiver(take)
    receiver = new Receiver(fake.url)
    front = await frontend({ receiver })
    url = await front.app.listen({ host: '127.0.0.1', port: 0 })
  })
  after(async () => {
    await browser.close()
    await front[Symbol.asyncDispose]()
    await receiver[Symbol.asyncDispose]()
    await fake[Symbol.asyncDispose]()
  })

  test('drop three, see each at once as waiting, and later who is on it', async () => {
    await using tab = await openTab(browser)
    const { page } = tab
    await page.goto(url)
    const files = await Promise.all(
      ['#a00', '#0a0', '#00a'].map(async (colour) => ({ name: `${colour}.jpg`, bytes: await jpeg(colour) })),
    )
    await give(page, 'drop', files)
    await page.locator('#grid li[data-state=pending]').nth(2).waitFor()
    await page.locator('#uploads').waitFor({ state: 'hidden' })
    assert.deepEqual(fake.came.map(({ type }) => type).slice(-3), Array(3).fill('image/jpeg'))
    const [id = ''] = ids.values()
    await finish(front.database, id, 'NO_FACE')
    await page.locator(`#photo-${id}[data-state=failed]`).waitFor()
    assert.deepEqual(tab.complaints, [])
  })

  test('paste one that is here already, and are led to it', async () => {
    await using tab = await openTab(browser)
    const { page } = tab
    await page.goto(url)
    const bytes = await jpeg('#a00')
    await give(page, 'paste', [{ name: 'again.jpg', bytes }])
    const row = page.locator('#uploads li', { hasText: 'again.jpg' })
    await row.getByRole('link', { name: 'here already' }).waitFor()
    assert.equal(await row.getByRole('link').getAttribute('href'), `/photos/${ids.get(pathOf(bytes))}`)
    await row.getByRole('button', { name: 'Dismiss' }).click()
    await page.locator('#uploads').waitFor({ state: 'hidden' })
  })

  test('cancel one that is on its way while the others go on, and nothing of it is asked for again', async () => {
    await using tab = await openTab(browser)
    const { page } = tab
    await page.goto(url)
    const { promise, resolve } = Promise.withResolvers<void>()
    gate = promise
    const { begun } = fake
    const named = async (name: string, colour: string) => ({ name, bytes: await jpeg(colour) })
    await give(page, 'drop', [await named('stop.jpg', '#123'), await named('go.jpg', '#456')])
    await eventually(() => assert.equal(fake.begun, begun + 2))
    await page.getByRole('button', { name: 'Cancel: stop.jpg' }).click()
    await page.locator('#uploads li', { hasText: 'stop.jpg' }).waitFor({ state: 'detached' })
    assert.equal(await page.locator('#uploads li').count(), 1)
    resolve()
    await page.locator('#uploads').waitFor({ state: 'hidden' })
  })

  test('are told what is wrong with a photo, and may try again what was not its fault', async () => {
    await using tab = await openTab(browser)
    const { page } = tab
    await page.goto(url)
    const sentence = 'The disk of the pictures is full. Make room on it and send the photo again.'
    fake.answer = async () => ({ status: 507, body: { detail: sentence } })
    await give(page, 'drop', [
      { name: 'text.jpg', bytes: Buffer.from('no picture at all') },
      { name: 'full.jpg', bytes: await jpeg('#789') },
    ])
    const text = page.locator('#uploads li', { hasText: 'text.jpg' })
    await text.getByText('not a JPEG, PNG or WebP').waitFor()
    assert.equal(await text.getByRole('button', { name: 'Try again' }).count(), 0)
    const full = page.locator('#uploads li', { hasText: 'full.jpg' })
    await full.getByText(sentence).waitFor()
    await pictured(page, 'uploads')
    await page.evaluate(axe.source)
    const { violations } = (await page.evaluate('axe.run()')) as { violations: { id: string }[] }
    assert.deepEqual(
      violations.map(({ id }) => id),
      [],
    )
    await page.setViewportSize({ width: 360, height: 780 })
    assert.equal(await page.evaluate('uploads.scrollWidth - uploads.clientWidth'), 0)
    fake.answer = take
    await full.getByRole('button', { name: 'Try again' }).click()
    await full.waitFor({ state: 'detached' })
    await text.getByRole('button', { name: 'Dismiss' }).click()
    await page.locator('#uploads').waitFor({ state: 'hidden' })
  })

  test('choose one with the keyboard alone, or by the camera of a phone', async () => {
    await using tab = await openTab(browser, { hasTouch: true, isMobile: true, viewport: { width: 360, height: 780 } })
    const { page } = tab
    await page.goto(url)
    const camera = page.getByLabel('Take a photo')
    assert.equal(await camera.getAttribute('capture'), 'environment')
    assert.equal(await camera.isVisible(), true)
    const before = ids.size
    await camera.setInputFiles({ name: 'camera.jpg', mimeType: 'image/jpeg', buffer: await jpeg('#abc') })
    await eventually(() => assert.equal(ids.size, before + 1))
    await page.getByLabel('Choose photos').focus()
    assert.equal(await page.evaluate('document.activeElement.name'), 'photos')
  })

  test('need no JavaScript', async () => {
    fake.answer = async () => ({ status: 200, body: { results: [{ name: 'a.jpg', result: 'duplicate', id: '1' }] } })
    await using tab = await openTab(browser, { javaScriptEnabled: false })
    const { page } = tab
    await page.goto(url)
    await page
      .getByLabel('Choose photos')
      .setInputFiles({ name: 'a.jpg', mimeType: 'image/jpeg', buffer: await jpeg('#def') })
    await page.getByRole('button', { name: 'Send' }).click()
    await page.getByRole('heading', { name: 'Photos sent' }).waitFor()
    assert.match(fake.came.at(-1)?.type ?? '', /^multipart\/form-data/)
    fake.answer = take
  })

  test('are told what became of each on a page that axe-core finds nothing on, light and dark, wide and narrow', async () => {
    const long = `${'a very long name '.repeat(20)}.jpg`
    const results = [
      { name: 'a.jpg', result: 'accepted', id: '1' },
      { name: 'b.jpg', result: 'duplicate', id: '1' },
      { name: long.replaceAll(' ', ''), result: 'refused', detail: 'It is no JPEG, PNG or WebP. Send another one.' },
    ]
    fake.answer = async () => ({ status: 200, body: { results } })
    for (const colorScheme of ['light', 'dark'] as const) {
      for (const width of [1280, 360]) {
        await using tab = await openTab(browser, { colorScheme, viewport: { width, height: 780 } })
        const { page } = tab
        // The form as it is without its script.
        await page.route(/upload\.js$/, (route) => route.fulfill({ contentType: 'text/javascript', body: '' }))
        await page.goto(url)
        const photos = { name: 'a.jpg', mimeType: 'image/jpeg', buffer: await jpeg('#fed') }
        await page.getByLabel('Choose photos').setInputFiles(photos)
        await page.getByRole('button', { name: 'Send' }).click()
        await page.getByText('was not taken').waitFor()
        await page.evaluate(axe.source)
        const { violations } = (await page.evaluate('axe.run()')) as { violations: { id: string }[] }
        assert.deepEqual(
          violations.map(({ id }) => id),
          [],
        )
        assert.equal(await page.evaluate('document.documentElement.scrollWidth'), width)
      }
    }
    fake.answer = take
  })
})
