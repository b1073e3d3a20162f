import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { type Browser, openBrowser } from '@livepods/testing/browser'
import axe from 'axe-core'
import { type Started, startWhoami } from './support/start.ts'

suite('the page', () => {
  let whoami: Started
  let browser: Browser
  before(async () => {
    whoami = await startWhoami({ variables: { WHOAMI_NAME: 'one', NODE_NAME: 'node-1' } })
    browser = await openBrowser()
  })
  after(async () => {
    await browser.close()
    await whoami[Symbol.asyncDispose]()
  })

  for (const colorScheme of ['light', 'dark'] as const)
    test(`says who asks and who answers, to everybody, ${colorScheme}`, async () => {
      const page = await browser.newPage({ colorScheme, bypassCSP: true })
      const faults: string[] = []
      page.on('requestfailed', (request) => faults.push(request.url()))
      page.on('response', (response) => {
        if (!response.ok()) faults.push(`${response.status()} ${response.url()}`)
      })
      page.on('pageerror', ({ message }) => faults.push(message))
      await page.goto(`${whoami.url}/ui`)
      const text = (await page.locator('main').textContent()) ?? ''
      for (const part of ['127.0.0.1', 'node-1', 'HTTP/1.1, not encrypted', 'User-Agent'])
        assert.ok(text.includes(part), part)
      await page.evaluate(axe.source)
      const violations = await page.evaluate(async () => {
        const { axe } = globalThis as unknown as { axe: { run: () => Promise<{ violations: { id: string }[] }> } }
        return (await axe.run()).violations.map(({ id }) => id)
      })
      assert.deepEqual([violations, faults], [[], []])
      await page.close()
    })

  test('escapes what a client sends', async () => {
    const text = await (await fetch(`${whoami.url}/ui`, { headers: { 'x-evil': '<script>alert(1)</script>' } })).text()
    assert.ok(text.includes('&lt;script&gt;alert(1)'))
    assert.doesNotMatch(text, /<script>alert/)
  })
})
