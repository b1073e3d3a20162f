import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { FakeCluster, FakeRegistry } from '@livepods/fakes'
import { Assets } from '@livepods/page'
import { eventually } from '@livepods/testing'
import { type Browser, openBrowser, openTab } from '@livepods/testing/browser'
import axe from 'axe-core'
import { buildApp } from '../src/app.ts'
import { log, startWatch, type Watch } from './support/watch.ts'

describe('a person in a browser', () => {
  const stack = new AsyncDisposableStack()
  let cluster: FakeCluster
  let registry: FakeRegistry
  let watch: Watch
  let browser: Browser
  let url: string
  before(async () => {
    cluster = stack.use(await FakeCluster.start())
    registry = stack.use(await FakeRegistry.start())
    browser = await openBrowser()
    stack.defer(async () => await browser.close())
    for (const name of ['web', 'pay']) registry.push(`team/${name}`, 'latest', 'one')
    cluster.add('web', { image: `${registry.host}/team/web:latest` })
    cluster.add('pay', {
      image: `${registry.host}/team/pay:latest`,
      annotations: { 'livepods.dev/approval': 'required' },
    })
    watch = stack.use(await startWatch(cluster, registry))
    await eventually(() => assert.equal(cluster.stateOf('Deployment', 'web')?.phase, 'done'))
    const broken = registry.push('team/web', 'latest', 'broken')
    cluster.isGood = (image) => !image.includes(broken)
    watch.look()
    await eventually(() => assert.equal(cluster.stateOf('Deployment', 'web')?.phase, 'undone'))
    const assets = await Assets.read({ 'image-watcher': new URL('../assets/', import.meta.url) })
    const app = stack.use(buildApp({ log, assets, ...watch, hints: { add: () => 0 }, mode: 'roll' }))
    url = await app.listen({ host: '127.0.0.1', port: 0 })
  })
  after(async () => await stack.disposeAsync())

  test('finds nothing that axe complains of, in light and dark, wide and narrow', async () => {
    for (const colorScheme of ['light', 'dark'] as const)
      for (const width of [1280, 360]) {
        await using tab = await openTab(browser, { colorScheme, viewport: { width, height: 800 } })
        await tab.page.goto(url)
        await tab.page.evaluate(axe.source)
        const { violations } = (await tab.page.evaluate('axe.run()')) as {
          violations: { id: string; nodes: object[] }[]
        }
        assert.deepEqual(
          violations.map(({ id, nodes }) => `${id}: ${JSON.stringify(nodes[0])}`),
          [],
        )
        assert.equal(await tab.page.evaluate('document.documentElement.scrollWidth - innerWidth'), 0)
      }
  })

  test('sees what was undone, approves, sees it roll out, and undoes it', async () => {
    await using tab = await openTab(browser)
    const { page } = tab
    const card = (name: string) => page.locator(`[id="workload-default/deployment/${name}"]`)
    await page.goto(url)
    await card('web').getByText('undone', { exact: true }).waitFor()
    await card('pay').getByText('waits', { exact: true }).waitFor()
    await page.getByRole('button', { name: 'Approve the image of default/deployment/pay, main' }).click()
    await card('pay').getByText('newest', { exact: true }).waitFor()
    await page.getByRole('button', { name: 'Undo the rollout of default/deployment/pay, main' }).click()
    await card('pay').getByText('held', { exact: true }).waitFor()
    assert.equal(cluster.imageOf('Deployment', 'pay'), `${registry.host}/team/pay:latest`)
    assert.deepEqual(tab.complaints, [])
  })

  test('stays at a button while another workload gets one', async () => {
    registry.push('team/web', 'latest', 'three')
    watch.look()
    await using tab = await openTab(browser)
    const { page } = tab
    await page.goto(url)
    const undo = page.getByRole('button', { name: 'Undo the rollout of default/deployment/web, main' })
    await undo.focus()
    registry.push('team/pay', 'latest', 'two')
    watch.look()
    await page.getByRole('button', { name: 'Approve the image of default/deployment/pay, main' }).waitFor()
    assert.match(await page.evaluate('document.activeElement.getAttribute("aria-label")'), /^Undo .*\/web, main$/)
  })
})
