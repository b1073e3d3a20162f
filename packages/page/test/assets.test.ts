import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { Assets } from '../src/index.ts'
import { silentApp } from './support/app.ts'

async function folder(files: Record<string, string>) {
  const path = await mkdtemp(join(tmpdir(), 'livepods-assets-'))
  for (const [name, text] of Object.entries(files)) await writeFile(join(path, name), text)
  return { url: pathToFileURL(`${path}/`), [Symbol.asyncDispose]: () => rm(path, { recursive: true }) }
}

test('a file is served under an address that a browser may keep for ever', async () => {
  await using own = await folder({ 'a.js': 'export {}' })
  const assets = await Assets.read({ own: own.url })
  await using app = silentApp()
  assets.serve(app)
  for (const [file, type] of [
    ['own/a.js', /javascript/],
    ['page/page.css', /text\/css/],
    ['page/icon.svg', /svg/],
  ] as const) {
    const answer = await app.inject(assets.url(file))
    assert.equal(answer.statusCode, 200, file)
    assert.equal(answer.headers['cache-control'], 'public, max-age=31536000, immutable')
    assert.match(String(answer.headers['content-type']), type)
  }
})

test('of a folder that holds more, only the files that are named are served', async () => {
  await using own = await folder({ 'a.js': '1', 'b.js': '2' })
  const assets = await Assets.read({ own: { root: own.url, files: ['a.js'] } })
  await using app = silentApp()
  assets.serve(app)
  const url = assets.url('own/a.js')
  assert.equal((await app.inject(url)).statusCode, 200)
  assert.equal((await app.inject(url.replace('a.js', 'b.js'))).statusCode, 404)
  assert.throws(() => assets.url('own/b.js'), /no asset own\/b\.js/)
})

test('the address changes with the content of any file', async () => {
  await using one = await folder({ 'a.js': '1' })
  await using two = await folder({ 'a.js': '2' })
  const [before, after] = [await Assets.read({ own: one.url }), await Assets.read({ own: two.url })]
  assert.notEqual(before.url('page/page.css'), after.url('page/page.css'))
})

test('an address of another version is answered, but not kept', async () => {
  const assets = await Assets.read()
  await using app = silentApp()
  assets.serve(app)
  const answer = await app.inject('/assets/anotherhash1/page/page.css')
  assert.equal(answer.statusCode, 200)
  assert.equal(answer.headers['cache-control'], 'no-store')
})

test('nothing outside the folders is served', async () => {
  const assets = await Assets.read()
  await using app = silentApp()
  assets.serve(app)
  const folderUrl = assets.url('page/page.css').replace('page.css', '')
  for (const path of ['', 'none.css', '../../package.json', '..%2f..%2fpackage.json', '%2e%2e/%2e%2e/package.json']) {
    const { statusCode } = await app.inject(folderUrl + path)
    assert.ok(statusCode >= 400 && statusCode < 500, `${path}: ${statusCode}`)
  }
})

test('an asset that does not exist is noticed when the page is made', async () => {
  const assets = await Assets.read()
  assert.throws(() => assets.url('page/none.css'), /no asset page\/none\.css/)
})
