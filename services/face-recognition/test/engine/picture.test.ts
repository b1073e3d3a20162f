import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isFinal, type Source } from '../../src/engine/picture.ts'

const upload = `uploads/${'0a'.repeat(32)}.jpg`
const cases: [what: string, source: Source, stamps: { stamp?: string; settledStamp?: string }, final: boolean][] = [
  ['bytes', { content: Buffer.from('x') }, {}, true],
  ['an upload, whose name is its hash', { path: upload }, {}, true],
  ['a file that nothing is known of', { path: 'a.jpg' }, {}, false],
  ['a file that has just been seen', { path: 'a.jpg' }, { stamp: '1' }, false],
  ['a file that has not changed for a minute', { path: 'a.jpg' }, { stamp: '1', settledStamp: '1' }, true],
  ['a file that has changed since', { path: 'a.jpg' }, { stamp: '2', settledStamp: '1' }, false],
  ['a file without a stamp', { path: 'a.jpg' }, { settledStamp: '1' }, false],
  ['a file beside the uploads', { path: 'uploads/a.jpg' }, { stamp: '', settledStamp: '' }, false],
]
for (const [what, source, stamps, final] of cases) {
  test(`what is missing ${final ? 'will not come' : 'may still come'}: ${what}`, () => {
    assert.equal(isFinal(source, stamps), final)
  })
}
