import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ImageRoots, PathRefusedError } from '../src/index.ts'

const roots = new ImageRoots({ unknownPeople: '/data/unknown', knownPeople: '/data/known', roots: ['/srv/photos'] })

const allowed: [path: string, root: string, relative: string][] = [
  ['a.jpg', '/data/unknown', 'a.jpg'],
  ['uploads/b.jpg', '/data/unknown', 'uploads/b.jpg'],
  ['/unknown_people/a.jpg', '/data/unknown', 'a.jpg'],
  ['/unknown_people//a.jpg', '/data/unknown', 'a.jpg'],
  ['/known_people/x/a.jpg', '/data/known', 'x/a.jpg'],
  ['/data/unknown/a.jpg', '/data/unknown', 'a.jpg'],
  ['/srv/photos/2026/a.jpg', '/srv/photos', '2026/a.jpg'],
  ['unknown_people/a.jpg', '/data/unknown', 'unknown_people/a.jpg'],
]
for (const [path, root, relative] of allowed) {
  test(`${path} lies in ${root}`, () => assert.deepEqual(roots.locate(path), { root, relative }))
}

for (const path of [
  '/etc/passwd',
  '/data/unknown2/a.jpg',
  '/srv/photosx',
  '/unknown_peoplex/a',
  '//etc/passwd',
  '../a',
  '',
]) {
  test(`"${path}" is refused`, () => {
    assert.throws(
      () => roots.locate(path),
      (error: Error) => error instanceof PathRefusedError && error.message.endsWith('.'),
    )
  })
}

test('the longest of nested folders holds the picture', () => {
  const nested = new ImageRoots({ unknownPeople: '/data', knownPeople: '/data/known' })
  assert.deepEqual(nested.locate('/data/known/a.jpg'), { root: '/data/known', relative: 'a.jpg' })
})

test('the environment names the folders, further ones separated by colons', () => {
  const { root } = ImageRoots.of({ UNKNOWN_PEOPLE: 'u', KNOWN_PEOPLE: 'k', IMAGE_ROOTS: '/one::/two' }).locate(
    '/two/a.jpg',
  )
  assert.equal(root, '/two')
})
