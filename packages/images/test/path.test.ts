import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkPath } from '../src/index.ts'

const fine = [
  'a.jpg',
  'a/b/c.jpg',
  '/unknown_people/a.jpg',
  'Zoë 😀.png',
  'a..b.jpg',
  '..a.jpg',
  'a b.jpg',
  './a',
  'x'.repeat(512),
  '😀'.repeat(512),
  '12:30.jpg',
  '%2e%2e/a',
]
for (const path of fine) {
  test(`${JSON.stringify(path.slice(0, 24))} is a path`, () => assert.equal(checkPath(path), undefined))
}

const faulty: [path: string, word: RegExp][] = [
  ['', /empty/],
  [' a.jpg', /white space/],
  ['a.jpg ', /white space/],
  ['a.jpg\n', /white space/],
  ['a\0.jpg', /control/],
  ['a\x1b[31m.jpg', /control/],
  ['a\x7f.jpg', /control/],
  ['a\u0085b.jpg', /control/],
  ['a\ud800.jpg', /Unicode/],
  ['..\\a.jpg', /backslash/],
  ['..', /"\.\."/],
  ['../a.jpg', /"\.\."/],
  ['a/../../b.jpg', /"\.\."/],
  ['/unknown_people/../etc/passwd', /"\.\."/],
  ['a/..', /"\.\."/],
  ['http://example.org/a.jpg', /URL/],
  ['file:///etc/passwd', /URL/],
  ['file:/etc/passwd', /URL/],
  ['DATA:image/png;base64,AA==', /URL/],
  ['a/', /folder/],
  ['/', /folder/],
  ['/unknown_people/', /folder/],
  ['x'.repeat(513), /512/],
  ['x'.repeat(1_000_000), /512/],
]
for (const [path, word] of faulty) {
  test(`${JSON.stringify(path.slice(0, 32))} (${path.length}) is refused with a sentence`, () => {
    assert.match(checkPath(path) ?? '', word)
  })
}
