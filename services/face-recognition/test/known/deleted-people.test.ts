import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { call, status } from '@livepods/grpc'
import { picture, serve } from '../support/served.ts'

const served = await serve()
after(() => served[Symbol.asyncDispose]())
const { client, knownFolder } = served
const within = { deadlineMs: 30_000 }
const add = (text: string, person: string, name: string) =>
  call(client, client.addKnownImage, { content: picture(text), person, name }, within)
const remove = (person: string, ...imageNames: string[]) =>
  call(client, client.deleteKnownPerson, { person, imageNames }, within)
const back = (person: string) => call(client, client.undeleteKnownPerson, { person }, within)
const purge = (person: string) => call(client, client.purgeKnownPerson, { person }, within)
const names = async () =>
  (await call(client, client.listKnownImages, {}, within)).images.map(({ imageName }) => imageName)
const whoIs = async (text: string) =>
  (await served.identify({ content: picture(text) })).faces.map(({ identified, nearest }) =>
    identified ? nearest?.person : undefined,
  )

test('a deleted person recognises nobody, comes back as they were without being described again, and is purged', async () => {
  await add('4', 'carla', 'a.jpg')
  await add('4.2', 'carla', 'b.jpg')
  const before = await names()
  const { gallery } = await served.identify({ content: picture('4.1') })
  const mine = ['carla/a.jpg', 'carla/b.jpg']
  const deleted = await remove('carla', ...mine)
  assert.deepEqual([deleted.images, await whoIs('4.1')], [2, [undefined]])
  assert.deepEqual(
    await names(),
    before.filter((name) => !mine.includes(name)),
  )
  await served.known.scan(new AbortController().signal)
  assert.equal(served.known.gallery.hash, deleted.gallery, 'no scan sees them')
  assert.equal((await remove('carla', ...mine)).images, 0, 'repeated to the same end')
  const looks = served.looks.length
  const again = await back('carla')
  assert.deepEqual(
    again.images.map(({ imageName }) => imageName),
    mine,
  )
  assert.equal(again.gallery, gallery)
  assert.equal(served.looks.length, looks, 'nothing is described again')
  assert.deepEqual([await names(), (await back('carla')).images], [before, []])
  assert.equal(existsSync(join(knownFolder, '.deleted')), false)
  await remove('carla', ...mine)
  assert.equal((await purge('carla')).images, 2)
  assert.deepEqual([(await purge('carla')).images, (await back('carla')).images], [0, []])
  assert.deepEqual(
    readdirSync(knownFolder, { recursive: true }).filter((name) => /carla|deleted/.test(`${name}`)),
    [],
  )
  await whoIs('4.2')
  assert.equal(served.looks.length, looks + 1, 'what was described is forgotten')
})

test('images anywhere, links and broken files go with their person and come back; what cannot be a name is left out', async () => {
  mkdirSync(join(knownFolder, 'trip'))
  writeFileSync(join(knownFolder, 'trip/dora.jpg'), picture('6'))
  writeFileSync(join(knownFolder, 'dora_1.jpg'), picture(''))
  symlinkSync('../bob_1.jpg', join(knownFolder, 'trip/link.jpg'))
  symlinkSync('nowhere.jpg', join(knownFolder, 'dora_2.jpg'))
  const mine = ['trip/dora.jpg', 'trip/link.jpg', 'dora_1.jpg', 'dora_2.jpg']
  assert.equal((await remove('dora', ...mine, '../x.jpg', 'notes.txt', '', 'none.jpg')).images, 4)
  assert.equal(existsSync(join(knownFolder, 'trip')), false)
  await back('dora')
  for (const name of mine.slice(0, 3)) assert.ok(existsSync(join(knownFolder, name)), name)
  assert.ok(readdirSync(knownFolder).includes('dora_2.jpg'))
})

test('a name that was taken meanwhile stays what it is: the image comes back beside it, or was the same', async () => {
  await add('8', 'eve', 'a.jpg')
  await add('8.2', 'eve', 'b.jpg')
  await remove('eve', 'eve/a.jpg', 'eve/b.jpg')
  await add('8.4', 'eve', 'a.jpg')
  await add('8.2', 'eve', 'b.jpg')
  const images = (await back('eve')).images.map(({ imageName }) => imageName)
  assert.match(images.join(' '), /^eve\/a-[0-9a-f]{16}\.jpg eve\/b\.jpg$/)
  assert.deepEqual(readFileSync(join(knownFolder, 'eve/a.jpg')), picture('8.4'))
  assert.deepEqual(readFileSync(join(knownFolder, images[0] ?? '')), picture('8'))
})

test('a key that cannot be one is refused', async () => {
  for (const person of ['', '..', 'a/b', '.deleted'])
    for (const ask of [() => remove(person, 'bob_1.jpg'), () => back(person), () => purge(person)])
      await assert.rejects(ask, { code: status.INVALID_ARGUMENT })
  assert.ok((await names()).includes('bob_1.jpg'))
})
