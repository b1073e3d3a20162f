import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LinkList, parseLinks } from '../src/links.ts'

test('links are read in their order', () => {
  assert.deepEqual(parseLinks(' Live=http://10.0.0.1:8080/ , People=/people,X=https://h/?a=b'), [
    { name: 'Live', url: 'http://10.0.0.1:8080/' },
    { name: 'People', url: '/people' },
    { name: 'X', url: 'https://h/?a=b' },
  ])
  assert.deepEqual(parseLinks(''), [])
})

test('what is no link is refused by name', () => {
  for (const pair of ['Live', 'Live=', '=http://a', 'Live=javascript:alert(1)', 'Live=http://[']) {
    assert.throws(() => parseLinks(`A=/a,${pair}`), { name: 'TypeError', message: /is no link/ }, pair)
  }
})

test('the pattern of the environment takes lists and refuses scripts', () => {
  const pattern = new RegExp(LinkList)
  for (const list of ['', 'a=http://h:1', 'a=http://h:1,b=/b', 'a=http://h:1, b=/b']) assert.match(list, pattern)
  for (const list of ['a', 'a=', 'a=javascript:x', 'a=/a,b']) assert.doesNotMatch(list, pattern)
})
