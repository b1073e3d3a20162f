import assert from 'node:assert/strict'
import { hash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { call, status } from '@livepods/grpc'
import type {
  AddKnownImageRequest,
  ListKnownImagesRequest,
  MoveKnownImageRequest,
  RemoveKnownImageRequest,
} from '@livepods/protos'
import { KnownStoreAwayError } from '../../src/known/known-store-away.ts'
import { picture, serve } from '../support/served.ts'

const served = await serve()
after(() => served[Symbol.asyncDispose]())
const { client, knownFolder } = served
const within = { deadlineMs: 30_000 }
const list = (request: ListKnownImagesRequest = {}) => call(client, client.listKnownImages, request, within)
const add = (request: AddKnownImageRequest) => call(client, client.addKnownImage, request, within)
const remove = (request: RemoveKnownImageRequest) => call(client, client.removeKnownImage, request, within)
const move = (request: MoveKnownImageRequest) => call(client, client.moveKnownImage, request, within)
const contentOf = (text: string) => hash('sha256', picture(text))
const namesOf = async (person: string) => (await list({ person })).images.map(({ imageName }) => imageName)

test('an added image is a file of its person, and the next answer knows them', async () => {
  const before = await served.identify({ content: picture('4.1') })
  const { image, added, gallery } = await add({ content: picture('4'), person: 'carla', name: 'me.png' })
  assert.deepEqual(image, {
    imageName: 'carla/me.jpg',
    person: 'carla',
    content: contentOf('4'),
    faces: 1,
    warning: 'KNOWN_IMAGE_WARNING_UNSPECIFIED',
    detail: '',
  })
  assert.equal(added, true)
  assert.deepEqual(readFileSync(join(knownFolder, 'carla/me.jpg')), picture('4'))
  const { faces, gallery: seen } = await served.identify({ content: picture('4.1') })
  assert.deepEqual([faces[0]?.identified, faces[0]?.nearest?.person], [true, 'carla'])
  assert.equal(seen, gallery)
  assert.notEqual(before.gallery, gallery)
  assert.deepEqual(
    readdirSync(knownFolder).filter((name) => name.startsWith('.')),
    [],
    'no temporary file is left',
  )
})

test('a folder that is spelt with combining accents is of the person whose key has none, in lists and changes', async () => {
  const [nfc, nfd] = ['Zo\u00eb', 'Zoe\u0308']
  served.putKnown(`${nfd}/1.jpg`, '40')
  await served.known.scan(new AbortController().signal)
  await served.known.scan(new AbortController().signal)
  const { image } = await add({ content: picture('41'), person: nfc, name: '2.jpg' })
  assert.deepEqual([image?.imageName, image?.person], [`${nfc}/2.jpg`, nfc])
  for (const person of [nfc, nfd]) assert.deepEqual(await namesOf(person), [`${nfd}/1.jpg`, `${nfc}/2.jpg`])
  const again = await add({ content: picture('40'), person: nfc })
  assert.deepEqual([again.added, again.image?.imageName], [false, `${nfd}/1.jpg`])
  const moved = await move({ imageName: `${nfd}/1.jpg`, person: nfc })
  assert.equal(moved.moved, false)
  await assert.rejects(add({ content: picture('42'), person: '@eaDir' }), { code: status.INVALID_ARGUMENT })
  for (const imageName of [`${nfd}/1.jpg`, `${nfc}/2.jpg`]) await remove({ imageName })
})

test('the same bytes for the same person are the same image, whatever the name', async () => {
  const first = await add({ content: picture('5'), person: 'dora' })
  assert.equal(first.image?.imageName, `dora/${contentOf('5').slice(0, 32)}.jpg`)
  const again = await add({ content: picture('5'), person: 'dora', name: 'other.jpg' })
  assert.deepEqual([again.added, again.image, again.gallery], [false, first.image, first.gallery])
  const both = await Promise.all([1, 2].map(() => add({ content: picture('5.5'), person: 'dora', name: 'twice.jpg' })))
  assert.deepEqual(both.map(({ added }) => added).sort(), [false, true])
  assert.deepEqual((await namesOf('dora')).length, 2)
})

test('another picture of that name gets another name', async () => {
  await add({ content: picture('6'), person: 'emil', name: 'IMG_1.jpg' })
  const { image } = await add({ content: picture('6.1'), person: 'emil', name: 'IMG_1.jpeg' })
  assert.equal(image?.imageName, `emil/IMG_1-${contentOf('6.1').slice(0, 16)}.jpg`)
  assert.deepEqual(readFileSync(join(knownFolder, 'emil/IMG_1.jpg')), picture('6'))
})

test('no face and several faces are taken with a warning', async () => {
  const none = await add({ content: picture(''), person: 'fred' })
  assert.deepEqual([none.image?.warning, none.image?.faces], ['KNOWN_IMAGE_WARNING_NO_FACE', 0])
  assert.match(none.image?.detail ?? '', /no face/)
  const several = await add({ content: picture('7 8 9'), person: 'fred' })
  assert.deepEqual([several.image?.warning, several.image?.faces], ['KNOWN_IMAGE_WARNING_SEVERAL_FACES', 3])
  assert.match(several.image?.detail ?? '', /3 faces .* largest/)
  assert.equal((await list({ person: 'fred' })).images.length, 2)
})

test('strange names of persons are only names', async () => {
  for (const person of ['アンナ 🎉', 'אנה', "Robert'); DROP TABLE person;--", '<b>x<b>', 'a.jpg', '...x'.slice(3)]) {
    const { image } = await add({ content: picture('30'), person })
    assert.equal(image?.person, person)
    assert.equal((await remove({ imageName: image?.imageName ?? '' })).removed, true)
  }
})

test('the list comes in pages, in order, of all or of one person', async () => {
  const all: string[] = []
  let pageToken = ''
  do {
    const page = await list({ pageSize: 2, pageToken })
    assert.ok(page.images.length <= 2)
    assert.equal(page.gallery, served.known.gallery.hash)
    all.push(...page.images.map(({ imageName }) => imageName))
    pageToken = page.nextPageToken
  } while (pageToken !== '')
  assert.deepEqual(
    all,
    [...served.known.entries].map(({ name }) => name),
  )
  assert.deepEqual(await namesOf('people'), ['people/anna_1.jpg'])
  assert.deepEqual(await namesOf('nobody'), [])
})

test('a removed image is gone from disk, gallery and memory, and its empty folder with it', async () => {
  const { image } = await add({ content: picture('10'), person: 'gerd' })
  const imageName = image?.imageName ?? ''
  const looks = served.looks.length
  await assert.rejects(remove({ imageName, content: contentOf('0') }), { code: status.FAILED_PRECONDITION })
  const { removed, gallery } = await remove({ imageName, content: contentOf('10') })
  assert.equal(removed, true)
  assert.equal(existsSync(join(knownFolder, 'gerd')), false)
  const { outcome, gallery: seen } = await served.identify({ content: picture('10') })
  assert.deepEqual([outcome, seen, served.looks.length], ['OUTCOME_UNIDENTIFIED', gallery, looks + 1])
  assert.deepEqual((await remove({ imageName })).removed, false)
})

test('a moved image belongs to the other person only, and nothing is described again', async () => {
  await add({ content: picture('12'), person: 'hans', name: 'x.jpg' })
  const looks = served.looks.length
  const { image, moved, gallery } = await move({ imageName: 'hans/x.jpg', person: 'inge', content: contentOf('12') })
  assert.deepEqual(
    [image?.imageName, image?.person, image?.content, moved],
    ['inge/x.jpg', 'inge', contentOf('12'), true],
  )
  assert.deepEqual([await namesOf('hans'), await namesOf('inge')], [[], ['inge/x.jpg']])
  assert.equal(served.looks.length, looks)
  assert.equal(gallery, served.known.gallery.hash)
  const again = await move({ imageName: 'hans/x.jpg', person: 'inge', content: contentOf('12') })
  assert.deepEqual([again.image, again.gallery], [image, gallery], 'a repetition finds it where it went')
  assert.equal((await move({ imageName: 'inge/x.jpg', person: 'inge' })).moved, false)
  await assert.rejects(move({ imageName: 'hans/x.jpg', person: 'inge' }), { code: status.NOT_FOUND })
})

test('a moved image replaces none, and two of one picture become one', async () => {
  for (const [text, person] of [
    ['13', 'jan'],
    ['14', 'kai'],
    ['15', 'jan'],
    ['15', 'kai'],
  ] as const)
    await add({ content: picture(text), person, name: text === '15' ? 'same.jpg' : 'x.jpg' })
  const { image } = await move({ imageName: 'jan/x.jpg', person: 'kai' })
  assert.equal(image?.imageName, `kai/x-${contentOf('13').slice(0, 16)}.jpg`)
  assert.equal((await move({ imageName: 'jan/same.jpg', person: 'kai' })).image?.imageName, 'kai/same.jpg')
  assert.deepEqual([(await namesOf('jan')).length, (await namesOf('kai')).length], [0, 3])
})

test('an image at the top level is moved into the folder of a person', async () => {
  served.putKnown('lea_1.jpg', '16')
  assert.equal((await move({ imageName: 'lea_1.jpg', person: 'mia' })).image?.imageName, 'mia/lea_1.jpg')
})

test('while the folder is away nothing is changed, a listing says so, and everybody stays known', async () => {
  await using away = await serve()
  const { client, knownFolder, known } = away
  renameSync(knownFolder, `${knownFolder}-away`)
  await assert.rejects(known.scan(new AbortController().signal), KnownStoreAwayError)
  const changes: [name: string, change: Promise<unknown>][] = [
    ['add', call(client, client.addKnownImage, { content: picture('1'), person: 'carla' }, within)],
    ['move', call(client, client.moveKnownImage, { imageName: 'bob_1.jpg', person: 'carla' }, within)],
    ['remove', call(client, client.removeKnownImage, { imageName: 'bob_1.jpg' }, within)],
  ]
  for (const [name, change] of changes)
    await assert.rejects(
      change,
      { code: status.UNAVAILABLE, reason: 'known_people_away', details: /is not there.*cannot be changed/ },
      name,
    )
  assert.equal(existsSync(knownFolder), false)
  const listed = await call(client, client.listKnownImages, {}, within)
  assert.deepEqual([listed.images.length, listed.store?.state], [2, 'KNOWN_STORE_STATE_AWAY'])
  assert.equal((await away.identify({ content: picture('0.1') })).faces[0]?.nearest?.person, 'people')
})

test('a loss that is held is told with its numbers, and is confirmed by what it was', async () => {
  await using lost = await serve()
  const { client, knownFolder, known } = lost
  for (const name of readdirSync(knownFolder)) rmSync(join(knownFolder, name), { recursive: true })
  for (let scan = 0; scan < 2; scan++) await known.scan(new AbortController().signal)
  const { store, gallery } = await call(client, client.getStats, {}, within)
  assert.deepEqual([store?.state, store?.vanished, store?.known, gallery?.images], ['KNOWN_STORE_STATE_HELD', 2, 2, 2])
  assert.match(store?.detail ?? '', /2 of 2 known images vanished/)
  assert.ok(Math.abs(Number(store?.sinceMs) - Date.now()) < 60_000)
  const add = call(client, client.addKnownImage, { content: picture('1'), person: 'carla' }, within)
  await assert.rejects(add, { code: status.UNAVAILABLE })
  const confirm = (loss: string) => call(client, client.confirmKnownImagesGone, { loss }, within)
  await assert.rejects(confirm('another'), { code: status.FAILED_PRECONDITION, details: /Look at what is missing now/ })
  const { confirmed } = await confirm(store?.loss ?? '')
  assert.equal(confirmed, true)
  assert.equal((await confirm(store?.loss ?? '')).confirmed, false)
  const after = await call(client, client.getStats, {}, within)
  assert.deepEqual([after.store?.state, after.gallery?.images], ['KNOWN_STORE_STATE_PRESENT', 0])
  const added = await call(client, client.addKnownImage, { content: picture('1'), person: 'carla' }, within)
  assert.equal(added.added, true)
})

test('what is removed through the service is no loss, be it everything', async () => {
  await using served = await serve()
  const { client, known } = served
  for (const imageName of ['bob_1.jpg', 'people/anna_1.jpg'])
    await call(client, client.removeKnownImage, { imageName }, within)
  for (let scan = 0; scan < 3; scan++) await known.scan(new AbortController().signal)
  const { store, gallery } = await call(client, client.getStats, {}, within)
  assert.deepEqual([store?.state, gallery?.images], ['KNOWN_STORE_STATE_PRESENT', 0])
})

symlinkSync(served.folder, join(knownFolder, 'link'))
served.putKnown('file', '1')
served.putKnown('deep/a.jpg', '17')
symlinkSync('a.jpg', join(knownFolder, 'deep/link.jpg'))

const content = picture('20')
const person = 'x'
type Change = () => Promise<unknown>
const errors: [title: string, change: Change, code: status, text: RegExp][] = [
  ['no person', () => add({ content }), status.INVALID_ARGUMENT, /person is missing/],
  ['a person with "/"', () => add({ content, person: 'a/b' }), status.INVALID_ARGUMENT, /"\/"/],
  ['a person ".."', () => add({ content, person: '..' }), status.INVALID_ARGUMENT, /".."/],
  ['a hidden person', () => add({ content, person: '.x' }), status.INVALID_ARGUMENT, /hidden/],
  ['a person with NUL', () => add({ content, person: 'a\0b' }), status.INVALID_ARGUMENT, /control/],
  [
    'a person of 10 000 characters',
    () => add({ content, person: 'x'.repeat(10_000) }),
    status.INVALID_ARGUMENT,
    /longer/,
  ],
  ['a person of 201 bytes', () => add({ content, person: 'é'.repeat(101) }), status.INVALID_ARGUMENT, /200 bytes/],
  ['a name with "/"', () => add({ content, person, name: '../x.jpg' }), status.INVALID_ARGUMENT, /"\.\."/],
  ['an absolute name', () => add({ content, person, name: '/x.jpg' }), status.INVALID_ARGUMENT, /"\/"/],
  ['a hidden name', () => add({ content, person, name: '.jpg' }), status.INVALID_ARGUMENT, /"\."/],
  ['an over-long name', () => add({ content, person, name: 'x'.repeat(260) }), status.INVALID_ARGUMENT, /too long/],
  ['no picture', () => add({ person }), status.INVALID_ARGUMENT, /JPEG, PNG or WebP/],
  ['a text', () => add({ content: Buffer.from('hello'), person }), status.INVALID_ARGUMENT, /JPEG, PNG or WebP/],
  ['a broken picture', () => add({ content: picture('broken'), person }), status.INVALID_ARGUMENT, /broken/],
  ['a full queue', () => add({ content: picture('full'), person }), status.RESOURCE_EXHAUSTED, /waiting/],
  ['a person that is a link', () => add({ content, person: 'link' }), status.FAILED_PRECONDITION, /link/],
  ['a person that is a file', () => add({ content, person: 'file' }), status.FAILED_PRECONDITION, /no folder/],
  ['removing nothing', () => remove({}), status.INVALID_ARGUMENT, /missing/],
  ['removing outside', () => remove({ imageName: '../unknown/a.jpg' }), status.INVALID_ARGUMENT, /"\.\."/],
  ['removing by an absolute path', () => remove({ imageName: '/etc/a.jpg' }), status.INVALID_ARGUMENT, /relative/],
  ['removing what is hidden', () => remove({ imageName: 'a/.b.jpg' }), status.INVALID_ARGUMENT, /hidden/],
  ['removing what is no picture', () => remove({ imageName: 'file' }), status.INVALID_ARGUMENT, /picture/],
  ['removing through a link', () => remove({ imageName: 'link/a.jpg' }), status.FAILED_PRECONDITION, /link/],
  ['moving a link', () => move({ imageName: 'deep/link.jpg', person }), status.FAILED_PRECONDITION, /link/],
  ['moving to a bad person', () => move({ imageName: 'deep/a.jpg', person: '../x' }), status.INVALID_ARGUMENT, /".."/],
  ['moving what is gone', () => move({ imageName: 'deep/b.jpg', person }), status.NOT_FOUND, /no known image/],
  [
    'moving another image',
    () => move({ imageName: 'deep/a.jpg', person, content: 'x' }),
    status.FAILED_PRECONDITION,
    /another/,
  ],
]
for (const [title, change, code, text] of errors) {
  test(`${title} is the error ${status[code]} and changes nothing`, async () => {
    const before = readdirSync(knownFolder, { recursive: true })
    await assert.rejects(change(), { code, message: text })
    assert.deepEqual(readdirSync(knownFolder, { recursive: true }), before)
  })
}
