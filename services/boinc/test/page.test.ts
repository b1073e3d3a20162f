import assert from 'node:assert/strict'
import type { AddressInfo } from 'node:net'
import { after, before, suite, test } from 'node:test'
import { Assets } from '@livepods/page'
import { createLog } from '@livepods/service'
import { type Browser, openBrowser, openTab } from '@livepods/testing/browser'
import axe from 'axe-core'
import { buildApp } from '../src/app.ts'
import type { WorkerView } from './support/start.ts'
import { busyView } from './support/view.ts'

const assets = await Assets.read({ boinc: new URL('../assets/', import.meta.url) })
const log = createLog('test', 'silent')

async function listen(worker: WorkerView) {
  const app = buildApp({ log, assets, worker })
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, [Symbol.asyncDispose]: () => app.close() }
}

suite('the page', () => {
  let browser: Browser
  before(async () => {
    browser = await openBrowser()
  })
  after(async () => await browser.close())

  for (const colorScheme of ['light', 'dark'] as const)
    test(`shows projects and tasks to everybody, ${colorScheme}`, async () => {
      await using app = await listen(busyView())
      await using tab = await openTab(browser, { colorScheme, bypassCSP: true, viewport: { width: 360, height: 740 } })
      await tab.page.goto(app.url)
      const text = (await tab.page.locator('main').textContent()) ?? ''
      for (const part of [
        'attached',
        'Milky Way',
        '<b>Grid</b>',
        'no new tasks',
        '42 %',
        'saved',
        'Starting task',
        'Made-up manager',
        'by account manager',
      ])
        assert.ok(text.includes(part), part)
      const isTooWide = await tab.page.evaluate('document.documentElement.scrollWidth > innerWidth')
      assert.equal(isTooWide, false)
      await tab.page.evaluate(axe.source)
      const violations = await tab.page.evaluate(async () => {
        const { axe } = globalThis as unknown as { axe: { run: () => Promise<{ violations: { id: string }[] }> } }
        return (await axe.run()).violations.map(({ id }) => id)
      })
      assert.deepEqual([violations, tab.complaints], [[], []])
    })

  test('says what to do where no project is declared, and shows by itself what changes', async () => {
    let changed = () => {}
    const readiness = { state: 'unattached' as const, isReady: true, why: 'No project is declared.' }
    const worker: WorkerView & { readiness: WorkerView['readiness'] } = {
      ...busyView(),
      seen: undefined,
      messages: [],
      readiness,
      listen: (listener) => {
        changed = listener
      },
    }
    await using app = await listen(worker)
    await using tab = await openTab(browser)
    await tab.page.goto(app.url)
    await tab.page.getByText('No project is declared.').waitFor()
    Object.assign(worker, {
      readiness: { state: 'suspended', isReady: false, why: 'Nothing is computed: disk is full.' },
    })
    changed()
    await tab.page.getByText('Nothing is computed: disk is full.').waitFor()
    assert.deepEqual(tab.complaints, [])
  })
})
