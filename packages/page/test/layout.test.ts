import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Assets, html, layout } from '../src/index.ts'

const assets = await Assets.read()
const EVIL = `<script>alert('x')</script>"&`
const ESCAPED = '&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&quot;&amp;'

async function text(page: Partial<Parameters<typeof layout>[1]> = {}) {
  const links = [
    { name: 'Photos', url: '/' },
    { name: EVIL, url: EVIL },
  ]
  return String(await layout({ assets, links }, { title: 'T', body: html`<p>B</p>`, ...page }))
}

test('titles, links and what is put into the body are escaped', async () => {
  const page = await text({ title: EVIL, body: html`<p title="${EVIL}">${EVIL}${[EVIL]}</p>` })
  assert.ok(!page.includes('<script>alert'))
  assert.ok(page.includes(`<title>${ESCAPED} · Livepods</title>`))
  assert.ok(page.includes(`<a href="${ESCAPED}">${ESCAPED}</a>`))
  assert.ok(page.includes(`<p title="${ESCAPED}">${ESCAPED}${ESCAPED}</p>`))
})

test('nothing on the page is inline: the content security policy forbids it', async () => {
  const page = await text({ scripts: ['page/live.js'], live: '/events', againAfterSeconds: 5 })
  assert.doesNotMatch(page, /<style|\sstyle=|\son\w+=|javascript:/i)
  for (const [tag] of page.matchAll(/<script[^>]*>/g)) assert.match(tag, /src="\/assets\//)
})

test('the link of the present page is marked, and only that one', async () => {
  const page = await text({ current: '/' })
  assert.match(page, /<a href="\/" aria-current="page">Photos<\/a>/)
  assert.equal(page.split('aria-current').length, 2)
})

test('a page that heals is loaded again without JavaScript too', async () => {
  assert.match(await text({ againAfterSeconds: 5 }), /<noscript><meta http-equiv="refresh" content="5"><\/noscript>/)
  assert.doesNotMatch(await text(), /refresh/)
})
