import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { test } from 'node:test'
import { withPeople } from './support/with-people.ts'

function form(name: string, ...files: File[]): FormData {
  const body = new FormData()
  body.append('name', name)
  for (const file of files) body.append('photos', file)
  return body
}

test('people are added, looked at, renamed, merged and deleted; changes are undone', async () => {
  await using front = await withPeople()
  const { ask } = front
  const added = await ask(
    'POST',
    '/v1/people',
    form('Anna', new File(['a'], 'a.jpg'), new File(['two faces'], 'b.jpg')),
  )
  assert.equal(added.status, 201)
  const { id, images } = added.json
  assert.deepEqual([added.json.name, images.length, images[0].warning], ['Anna', 2, null])
  const renamed = await ask('PATCH', `/v1/people/${id}`, { name: 'Anna K' })
  assert.equal((await ask('POST', `/v1/changes/${renamed.json.change}/undo`)).status, 200)
  assert.equal((await ask('POST', `/v1/changes/${renamed.json.change}/undo`)).status, 409)
  assert.equal((await ask('GET', `/v1/people/${id}`)).json.name, 'Anna')
  const removed = await ask('DELETE', `/v1/people/${id}/images/${images[0].id}`)
  assert.equal(removed.status, 200)
  const more = new FormData()
  more.append('photos', new File(['c'], 'c.jpg'))
  assert.equal((await ask('POST', `/v1/people/${id}/images`, more)).status, 200)
  const other = await ask('POST', '/v1/people', form('Anne', new File(['d'], 'd.jpg')))
  assert.equal((await ask('POST', `/v1/people/${other.json.id}/merge`, { into: id })).status, 200)
  assert.equal((await ask('GET', `/v1/people/${other.json.id}`)).status, 404)
  assert.equal((await ask('GET', `/v1/people/${id}`)).json.images.length, 3)
  assert.equal((await ask('DELETE', `/v1/people/${id}`)).status, 200)
  assert.equal(front.files.files.size, 0)
})

test('a face is named, by a new name or as somebody, and set apart', async () => {
  await using front = await withPeople()
  const { ask, photo, faces } = front
  const face = (index: 0 | 1) => `/v1/images/${photo}/faces/${faces[index]}/person`
  assert.equal((await ask('PUT', face(0), { name: 'Anna' })).status, 200)
  const taken = await ask('PUT', face(1), { name: 'Anna' })
  assert.equal(taken.status, 409)
  const [, person] = /person (\d+)/.exec(taken.json.detail) ?? []
  assert.equal((await ask('PUT', face(1), { person: Number(person) })).status, 200)
  assert.equal((await ask('GET', `/v1/people/${person}`)).json.photos, 1)
  assert.equal((await ask('DELETE', face(1))).status, 200)
  assert.equal((await ask('PUT', face(1), { name: 'Anna', another: true })).status, 200)
  const image = await ask('GET', `/v1/images/${photo}`)
  assert.deepEqual(
    image.json.faces.map((one: { decided: boolean; nearest: { name: string } }) => [one.decided, one.nearest.name]),
    [
      [true, 'Anna'],
      [true, 'Anna'],
    ],
  )
  const { insertId: a } = await front.database.change('INSERT INTO face_groups (person_id) VALUES (NULL)')
  const { insertId: b } = await front.database.change('INSERT INTO face_groups (person_id) VALUES (NULL)')
  assert.equal((await ask('PUT', `/v1/groups/${b}/apart/${a}`)).status, 200)
  assert.equal((await ask('PUT', `/v1/groups/${a}/apart/${a}`)).status, 400)
})

test('what cannot be is refused with a sentence', async () => {
  await using front = await withPeople()
  const { ask, photo, faces } = front
  const face = `/v1/images/${photo}/faces/${faces[0]}/person`
  const cases: [method: string, path: string, body: object | undefined, status: number, sentence: RegExp][] = [
    ['PUT', face, { name: 'x'.repeat(10_000) }, 400, /10000 characters; 255 is the limit/],
    ['PUT', face, { name: '' }, 400, /empty/],
    ['PUT', face, {}, 400, /either "person"/],
    ['PUT', face, { name: 'Anna', person: 1 }, 400, /either "person"/],
    ['PUT', face, { person: 999 }, 404, /no such person/],
    ['PUT', `/v1/images/${photo}/faces/999/person`, { name: 'Anna' }, 404, /no such face/],
    ['DELETE', face, undefined, 409, /nobody’s/],
    ['POST', '/v1/people', form('Anna'), 400, /no photo/],
    ['POST', '/v1/people', form('Anna', new File(['no picture'], 'x.jpg')), 422, /no picture/],
    [
      'POST',
      '/v1/people',
      form('Anna', new File([Buffer.alloc(11 * 1024 * 1024)], 'large.jpg')),
      413,
      /larger than 10 MB/,
    ],
    [
      'POST',
      '/v1/people',
      form('Anna', ...Array.from({ length: 21 }, (_, i) => new File(['a'], `${i}.jpg`))),
      413,
      /20 files/,
    ],
    ['POST', '/v1/people', { name: 'Anna' }, 415, /multipart/],
    ['PATCH', '/v1/people/999', { name: 'Anna' }, 404, /no such person/],
    ['POST', '/v1/people/999/merge', { into: 999 }, 400, /themselves/],
    ['DELETE', '/v1/people/999', undefined, 404, /no such person/],
    ['POST', '/v1/changes/999/undo', undefined, 404, /no such change/],
  ]
  for (const [method, path, body, status, sentence] of cases) {
    const answer = await ask(method, path, body)
    assert.deepEqual(
      [answer.status, sentence.test(answer.json.detail)],
      [status, true],
      `${method} ${path}: ${answer.json.detail}`,
    )
  }
  assert.deepEqual(await front.database.rows('SELECT * FROM person'), [])
})

test('a form that is cut off is refused, and the server goes on', async () => {
  await using front = await withPeople()
  const socket = connect(Number(new URL(front.url).port), '127.0.0.1')
  const part = '--x\r\ncontent-disposition: form-data; name="photos"; filename="a.jpg"\r\n\r\nhalf'
  socket.end(
    `POST /v1/people HTTP/1.1\r\nhost: h\r\ncontent-type: multipart/form-data; boundary=x\r\ncontent-length: ${part.length}\r\n\r\n${part}`,
  )
  let answer = ''
  for await (const chunk of socket) answer += String(chunk)
  assert.match(answer, /^HTTP\/1\.1 400 .*broken or was cut off/s)
  assert.equal((await front.ask('GET', '/v1/people')).status, 200)
})

test('a page of another site changes nothing', async () => {
  await using front = await withPeople()
  const path = `/v1/images/${front.photo}/faces/${front.faces[0]}/person`
  for (const headers of [{ origin: 'http://evil.example' }, { 'sec-fetch-site': 'cross-site' }])
    assert.equal((await front.ask('PUT', path, { name: 'Anna' }, headers)).status, 403)
  assert.equal((await front.ask('PUT', path, { name: 'Anna' }, { origin: front.url })).status, 200)
})

test('who names a face says whose it was: named meanwhile, the answer is whose it has been for how long', async () => {
  await using front = await withPeople()
  const { ask, photo, faces } = front
  const { insertId: group } = await front.database.change('INSERT INTO face_groups (person_id) VALUES (NULL)')
  await front.database.change('UPDATE faces SET group_id = ?', [group])
  const [first, second] = faces.map((face) => `/v1/images/${photo}/faces/${face}/person`) as [string, string]
  assert.deepEqual((await ask('PUT', first, { name: 'Anna', seen: null })).json.was, null)
  await front.database.change('UPDATE face_changes SET at = at - INTERVAL 20 SECOND')
  const { status, json } = await ask('PUT', second, { name: 'Boris', seen: null })
  const { id } = json.person
  assert.deepEqual([status, json.code, json.person], [409, 'named_meanwhile', { id, name: 'Anna' }])
  assert.match(json.detail, /^This has been Anna’s for 2\d seconds\./)
  assert.ok(json.seconds >= 20)
  assert.equal((await ask('DELETE', `${second}?seen=0`)).json.code, 'named_meanwhile')
  assert.equal((await ask('PUT', second, { name: 'Anna', seen: null })).status, 200, 'both said the same')
  const changed = await ask('PUT', second, { name: 'Boris', seen: id })
  assert.deepEqual([changed.status, changed.json.was], [200, { id, name: 'Anna' }])
  const taken = await ask('PUT', second, { name: 'Anna' })
  assert.deepEqual([taken.status, taken.json.code, taken.json.people], [409, 'name_taken', [{ id, name: 'Anna' }]])
  // Who says nothing corrects that one face.
  assert.equal((await ask('PUT', second, { person: id })).json.was.name, 'Boris')
  const image = await ask('GET', `/v1/images/${photo}`)
  assert.deepEqual(
    image.json.faces.map((one: { nearest: { name: string } }) => one.nearest.name),
    ['Anna', 'Anna'],
  )
})

test('a person is deleted and undeleted; an undo that cannot work is 409', async () => {
  await using front = await withPeople()
  const { ask } = front
  const { id } = (await ask('POST', '/v1/people', form('Anna', new File(['a'], 'a.jpg')))).json
  const { change } = (await ask('DELETE', `/v1/people/${id}`)).json
  assert.deepEqual((await ask('GET', '/v1/people')).json.people, [])
  assert.equal((await ask('GET', `/v1/people/${id}`)).status, 404)
  assert.equal((await ask('POST', `/v1/changes/${change}/undo`)).status, 200)
  assert.equal((await ask('GET', `/v1/people/${id}`)).json.images.length, 1)
  const again = (await ask('DELETE', `/v1/people/${id}`)).json.change
  await front.database.change('UPDATE person SET deleted_at = deleted_at - INTERVAL 5 MINUTE')
  assert.equal((await ask('POST', `/v1/changes/${again}/undo`)).status, 409)
})
