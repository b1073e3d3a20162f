import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { appendFileSync, mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { picture, serve } from './support/served.ts'

const young = await serve()
after(() => young[Symbol.asyncDispose]())
/** To it every file is older than a minute. */
const old = await serve({ youngMs: 0 })
after(() => old[Symbol.asyncDispose]())

const UPLOAD = `uploads/${hash('sha256', picture('cut'))}.jpg`
for (const { folder, put } of [young, old]) {
  mkdirSync(join(folder, 'uploads'))
  mkdirSync(join(folder, 'folder.jpg'))
  writeFileSync(join(folder, 'large.jpg'), Buffer.alloc(1001))
  put('good.jpg', '0.25')
  put('broken.jpg', 'broken')
  put('cut.jpg', 'cut')
  put('away.jpg', '0.25')
  put(UPLOAD, 'cut')
}

test('the stamp of the file comes with every answer, and is another one when the file is', async () => {
  const stamps = new Set<string>()
  for (const [path, outcome] of [
    ['good.jpg', 'OUTCOME_IDENTIFIED'],
    ['broken.jpg', 'OUTCOME_UNREADABLE'],
    ['cut.jpg', 'OUTCOME_UNREADABLE'],
    ['folder.jpg', 'OUTCOME_UNREADABLE'],
    ['large.jpg', 'OUTCOME_UNREADABLE'],
  ] as const) {
    const answer = await young.identify({ path })
    assert.equal(answer.outcome, outcome)
    assert.match(answer.stamp, /^[!-~]{1,64}$/)
    assert.equal((await young.identify({ path })).stamp, answer.stamp)
    stamps.add(answer.stamp)
  }
  young.put('new.jpg', '0.25 0.25')
  renameSync(join(young.folder, 'new.jpg'), join(young.folder, 'good.jpg'))
  stamps.add((await young.identify({ path: 'good.jpg' })).stamp)
  appendFileSync(join(young.folder, 'large.jpg'), '!')
  stamps.add((await young.identify({ path: 'large.jpg' })).stamp)
  assert.equal(stamps.size, 7)
})

test('bytes, and what was not opened, have no stamp', async () => {
  for (const request of [
    { content: picture('0.25') },
    { content: picture('cut') },
    { path: 'none.jpg' },
    { path: '../x.jpg' },
  ]) {
    const { stamp, unfinished } = await young.identify(request)
    assert.deepEqual([stamp, unfinished], ['', false])
  }
})

const CASES: [path: string, young: boolean, old: boolean][] = [
  ['cut.jpg', true, true],
  ['broken.jpg', true, false],
  ['folder.jpg', true, false],
  ['large.jpg', true, false],
  ['good.jpg', false, false],
  ['none.jpg', false, false],
  [UPLOAD, false, false],
]
for (const [path, whileYoung, whenOld] of CASES)
  test(`${path} is ${whileYoung ? '' : 'not '}unfinished while it is young, and ${whenOld ? '' : 'not '}when it is old`, async () => {
    assert.equal((await young.identify({ path })).unfinished, whileYoung)
    assert.equal((await old.identify({ path })).unfinished, whenOld)
  })
