import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { frontend } from './support/frontend.ts'
import { addPerson, addPhoto } from './support/rows.ts'

const MOST_BYTES = 60_000

test('a full first page with its scripts and styles has at most 60 kB, compressed, without the photos', async () => {
  await using front = await frontend()
  const person = await addPerson(front.database, 'Anna Karenina')
  for (let index = 0; index < 60; index++) {
    const face = { person, distance: 0.4, runnerUp: [person, 0.5] as [number, number] }
    await addPhoto(front.database, {
      path: `uploads/${String(index).padStart(64, '0')}.jpg`,
      status: 1,
      outcome: 'IDENTIFIED',
      person,
      faces: [face, { ...face, box: [0.123456, 0.23456, 0.34567, 0.45678] }],
    })
  }
  const load = async (url: string) => (await front.app.inject(url)).rawPayload
  const page = await load('/')
  const loaded = new Map([['/', page]])
  const wanted = [...String(page).matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g)].map(([, url]) => String(url))
  // Scripts bring others along.
  for (const url of wanted) {
    if (loaded.has(url)) continue
    const bytes = await load(url)
    loaded.set(url, bytes)
    for (const [, from = ''] of String(bytes).matchAll(/from '(\.[^']+)'/g)) {
      wanted.push(new URL(from, new URL(url, 'http://here')).pathname)
    }
  }
  assert.ok(loaded.size > 10, [...loaded.keys()].join(' '))
  const weight = [...loaded.values()].reduce((sum, bytes) => sum + gzipSync(bytes).length, 0)
  console.log(`The first page weighs ${weight} bytes in ${loaded.size} files.`)
  assert.ok(weight <= MOST_BYTES, `${weight} bytes`)
})
