import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testTokens } from '@livepods/testing'
import type { KnownState } from '../src/people/known-state.ts'
import { frontend } from './support/frontend.ts'
import { addPhoto } from './support/rows.ts'
import { withPeople } from './support/with-people.ts'

const EVIL = `<img src=x onerror=alert(1)>"'&`

test('without scripts: a face is named, which its page says, and that is undone', async () => {
  await using front = await withPeople()
  const { send, photo, faces } = front
  const named = await send(`/photos/${photo}/faces/${faces[0]}/name`, { name: EVIL, back: `/photos/${photo}` })
  assert.equal(named.status, 200)
  assert.match(named.at, new RegExp(`^/photos/${photo}\\?change=\\d+$`))
  assert.match(named.text, /is named on 1 photo/)
  assert.ok(!named.text.includes('<img src=x'))
  assert.ok(named.text.includes('<bdi>&lt;img src=x onerror=alert(1)&gt;&quot;&#39;&amp;</bdi>'))
  const [, undo = ''] = /action="(\/changes\/\d+\/undo)"/.exec(named.text) ?? []
  const undone = await send(undo, { back: `/photos/${photo}` })
  assert.match(undone.text, /Undone: .*is named on/s)
  assert.match(undone.text, /2 unknown faces/)
})

test('a name that somebody has leads to a question, and both answers go on', async () => {
  await using front = await withPeople()
  const { send, photo, faces } = front
  const [one, other] = faces.map((face) => `/photos/${photo}/faces/${face}/name`) as [string, string]
  await send(one, { name: 'Anna', back: '/people' })
  const asked = await send(other, { name: 'Anna', back: '/people' })
  assert.equal(asked.status, 409)
  assert.match(asked.text, /Is it the same person, or another one of that name\?/)
  const [, person = ''] = /name="person" value="(\d+)"/.exec(asked.text) ?? []
  const same = await send(other, { person, back: '/people' })
  assert.match(same.at, /^\/people\?change=/)
  assert.match(same.text, /1 photo<\/a> · 2 known photos/)
  const another = await send(other, { name: 'Anna', another: '1', back: '/people' })
  assert.equal((another.text.match(/<h3><a href="\/people\/\d+">/g) ?? []).length, 2)
})

test('a person is added, shown with warnings, renamed, merged and deleted by forms', async () => {
  await using front = await withPeople()
  const { send, url } = front
  const added = await send('/people', { name: 'Anna', photos: new File(['two faces'], 'a.jpg') })
  assert.match(added.text, /a\.jpg: There are 2 faces on it/)
  const [, id = ''] = /<li id="person-(\d+)"/.exec(added.text) ?? []
  const page = `/people/${id}`
  assert.match(
    (await send(`${page}/rename`, { name: 'Anna K' })).text,
    /<bdi>Anna<\/bdi> is now called <bdi>Anna K<\/bdi>/,
  )
  assert.match((await send(`${page}/images`, { photos: new File(['more'], 'm.jpg') })).text, /has 1 more known photo/)
  const again = await send('/people', { name: 'Anna K', photos: new File(['x'], 'x.jpg') })
  assert.deepEqual([again.status, /called <bdi>Anna K<\/bdi> already/.test(again.text)], [409, true])
  await send('/people', { name: 'Boris', photos: new File(['b'], 'b.jpg') })
  const { people } = (await (await fetch(`${url}/v1/people`)).json()) as { people: { id: number; name: string }[] }
  const boris = people.find(({ name }) => name === 'Boris')?.id ?? 0
  assert.match((await send(`${page}/merge`, { into: '' })).text, /No person is chosen/)
  assert.match((await send(`${page}/merge`, { into: id })).text, /cannot be merged with themselves/)
  const merged = await send(`${page}/merge`, { into: `${boris}` })
  assert.match(merged.at, new RegExp(`^/people/${boris}\\?change=`))
  assert.equal((await send(`/people/${boris}/delete`, {})).status, 400)
  const deleted = await send(`/people/${boris}/delete`, { sure: '1' })
  assert.match(deleted.text, /A person is deleted/)
  assert.match(deleted.text, /Nobody is known yet/)
})

test('groups of strangers are shown, with who they may be; "No" is remembered', async () => {
  await using front = await withPeople()
  const { database, send, photo, faces, url } = front
  const descriptor = (at: number) => {
    const bytes = Buffer.alloc(512)
    bytes.writeFloatLE(at)
    return bytes
  }
  for (const [index, face] of faces.entries()) {
    const { insertId } = await database.change('INSERT INTO face_groups (person_id) VALUES (NULL)')
    await database.change('UPDATE faces SET group_id = ?, descriptor = ? WHERE id = ?', [
      insertId,
      descriptor(index * 0.55),
      face,
    ])
  }
  const shown = async () => await (await fetch(`${url}/people`)).text()
  assert.equal(((await shown()).match(/id="group-\d+"/g) ?? []).length, 2)
  assert.doesNotMatch(await shown(), /Perhaps/)
  await send(`/photos/${photo}/faces/${faces[0]}/name`, { name: 'Anna', back: '/people' })
  const suggested = await shown()
  assert.match(suggested, /Perhaps <bdi>Anna<\/bdi> <span class="muted">0\.55/)
  const [, no = ''] = /action="(\/groups\/\d+\/apart\/\d+)"/.exec(suggested) ?? []
  assert.match((await send(no, {})).text, /Two groups are kept apart/)
  assert.doesNotMatch(await shown(), /Perhaps/)
})

test('back leads to pages of ours only, and another site changes nothing', async () => {
  await using front = await withPeople()
  const { send, photo, faces } = front
  const path = `/photos/${photo}/faces/${faces[0]}/name`
  for (const back of ['https://evil.example', '//evil.example', '/people/../x', '/chain'])
    assert.match((await send(path, { name: 'Anna', another: '1', back })).at, new RegExp(`^/photos/${photo}\\?`))
  assert.equal((await send(path, { name: 'Boris' }, { 'sec-fetch-site': 'cross-site' })).status, 403)
})

test('without a database the page says so; a person who is no more is 404', async () => {
  await using front = await withPeople()
  assert.equal((await fetch(`${front.url}/people/999`, { headers: { accept: 'text/html' } })).status, 404)
  await front.database.change('RENAME TABLE face_changes TO gone')
  const answer = await fetch(`${front.url}/people`, { headers: { accept: 'text/html' } })
  assert.deepEqual([answer.status, /no tables yet/.test(await answer.text())], [503, true])
  await front.database.change('RENAME TABLE gone TO face_changes')
})

test('why the face service cannot be used stands where people are changed', async () => {
  const fault = 'The face service refuses the access token of this page’s server.'
  await using front = await frontend({
    known: { warnings: new Map(), fault, state: undefined, skipped: { files: [], total: 0 }, poll: async () => {} },
  })
  const ask = async (url: string) => (await front.app.inject({ url, headers: { accept: 'text/html' } })).body
  assert.match(await ask('/people'), new RegExp(fault))
  const id = await addPhoto(front.database, { path: 'a.jpg', outcome: 'UNIDENTIFIED', finishedAgo: 0, faces: [{}] })
  const before = JSON.stringify({ state: 'doing', people: [], name: 'Anna', photos: 1 })
  const values = ['somebody', 'name', before]
  const change = await front.database.change(
    'INSERT INTO face_changes (actor, action, `before`) VALUES (?, ?, ?)',
    values,
  )
  assert.match(await ask(`/photos/${id}?change=${change.insertId}`), new RegExp(`${fault} Later photos are recognised`))
})

test('what is passed over among the known people is listed by its reason, on the first page only', async () => {
  await using front = await withPeople()
  const ask = async (path: string) => await (await fetch(front.url + path)).text()
  assert.doesNotMatch(await ask('/people'), /Passed over/)
  const others = Array.from({ length: 9 }, (_, i) => ({ name: `anna/${i}.heic`, reason: 'Not read.' }))
  front.files.skipped = { files: [...others, { name: EVIL, reason: 'There is no face on it.' }], total: 12 }
  await front.known.poll()
  const page = await ask('/people')
  assert.match(page, /Passed over.*12 files and folders/s)
  assert.match(
    page,
    /<bdi>Not read\.<\/bdi>.*<bdi>anna\/7\.heic<\/bdi>(?!.*8\.heic).*and 1 more.*There is no face on it/s,
  )
  assert.ok(page.includes('<bdi>&lt;img src=x onerror=alert(1)&gt;&quot;&#39;&amp;</bdi>'))
  assert.match(page, /The first 10 are named/)
  assert.doesNotMatch(await ask('/people?before=1'), /Passed over/)
})

/** What a form on a page sends when nothing is typed into it. */
function hiddenFields(text: string, action: string): Record<string, string> {
  const [, form = ''] = new RegExp(`<form[^>]*action="${action}"[^>]*>(.*?)</form>`, 's').exec(text) ?? []
  return Object.fromEntries(
    [...form.matchAll(/type="hidden" name="(\w+)" value="([^"]*)"/g)].map((found) => found.slice(1)),
  )
}

test('two tabs: the second one is told whose the face has been for how long, and asked; both answers go on', async () => {
  await using front = await withPeople()
  const { send, photo, faces, url } = front
  const { insertId: group } = await front.database.change('INSERT INTO face_groups (person_id) VALUES (NULL)')
  await front.database.change('UPDATE faces SET group_id = ?', [group])
  const page = async (path: string) => await (await fetch(`${url}${path}`)).text()
  const [one, other] = faces.map((face) => `/photos/${photo}/faces/${face}`) as [string, string]
  const [people, single] = [await page('/people'), await page(`/photos/${photo}`)]
  await send(`${one}/name`, { ...hiddenFields(people, `${one}/name`), name: 'Anna' })
  await front.database.change('UPDATE face_changes SET at = at - INTERVAL 20 SECOND')
  const asked = await send(`${other}/name`, { ...hiddenFields(single, `${other}/name`), name: EVIL })
  assert.equal(asked.status, 409)
  assert.match(asked.text, /This has been <bdi>Anna<\/bdi>’s for 2\d seconds/)
  assert.ok(!asked.text.includes('<img src=x'))
  const not = await send(`${other}/not`, { seen: '0' })
  assert.deepEqual([not.status, /It is not <bdi>Anna/.test(not.text)], [409, true])
  const fields = hiddenFields(asked.text, `${other}/name`)
  assert.equal(fields.back, `/photos/${photo}`)
  const yes = await send(`${other}/name`, { ...fields, name: EVIL })
  assert.equal(yes.status, 200)
  assert.match(yes.text, /is named on 1 photo; the face was <bdi>Anna<\/bdi>’s before/)
  const said = await send(`${other}/not`, hiddenFields(await page(`/photos/${photo}`), `${other}/not`))
  assert.match(said.text, /A face is set apart/)
})

test('a deletion is undone by its page for five minutes; an undo that cannot work has no button', async () => {
  await using front = await withPeople()
  const { send, url, photo, faces, database } = front
  const named = await send(`/photos/${photo}/faces/${faces[0]}/name`, { name: 'Anna', back: '/people' })
  const [, id = ''] = /<li id="person-(\d+)"/.exec(named.text) ?? []
  const deleted = await send(`/people/${id}/delete`, { sure: '1' })
  assert.match(deleted.text, /A person is deleted\. For 5 minutes this can be undone/)
  assert.doesNotMatch(deleted.text, /Anna/)
  assert.equal((await fetch(`${url}/?person=${id}`).then((answer) => answer.text())).includes('Anna'), false)
  const [, undo = ''] = /action="(\/changes\/\d+\/undo)"/.exec(deleted.text) ?? []
  const undone = await send(undo, { back: '/people' })
  assert.match(undone.text, /Undone: A person is deleted/)
  assert.match(undone.text, new RegExp(`id="person-${id}"`))
  await send(`/photos/${photo}/faces/${faces[0]}/name`, { name: 'Boris', seen: id, back: '/people' })
  const people = await (await fetch(`${url}/people`)).text()
  const list = /<ul class="changes">(.*?)<\/ul>/s.exec(people)?.[1] ?? ''
  const offered = list
    .split('<li ')
    .slice(1)
    .map((item) => `${/(named|deleted)/.exec(item)?.[1]} ${item.includes('<button>Undo')}`)
  assert.deepEqual(offered, ['named true', 'named false'])
  const again = await send(`/people/${id}/delete`, { sure: '1' })
  await database.change('UPDATE person SET deleted_at = deleted_at - INTERVAL 5 MINUTE')
  const late = await (await fetch(`${url}${again.at}`)).text()
  const [, notice = ''] = /<section class="card notice"(.*?)<\/section>/s.exec(late) ?? []
  assert.deepEqual([/A person is deleted/.test(notice), /Undo/.test(notice)], [true, false])
})

const HELD: KnownState = {
  kind: 'held',
  since: new Date(),
  detail: 'All of 3 known images vanished from their store.',
  vanished: 3,
  known: 3,
  loss: 'ab12',
}
const AWAY: KnownState = { ...HELD, kind: 'away', detail: 'The folder of known people is not there.', loss: '' }

test('a loss of known images is told on its pages, and ends with a form for who may change people', async () => {
  await using tokens = await testTokens()
  await using front = await withPeople({ access: tokens.access })
  const ask = async (path: string, headers: Record<string, string>) => {
    await fetch(`${front.url}/people`, { headers })
    return await (await fetch(front.url + path, { headers: { accept: 'text/html', ...headers } })).text()
  }
  const { read, manage } = tokens.headers
  front.files.store = HELD
  await front.known.poll()
  for (const path of ['/people', '/chain'])
    assert.match(await ask(path, read), /Known images vanished.*All of 3 known/s)
  assert.doesNotMatch(await ask('/people', read), /action="\/people\/gone"/)
  assert.match(
    await ask('/people', manage),
    /action="\/people\/gone".*name="loss" value="ab12".*Forget 3 known images/s,
  )
  const unsure = await front.send('/people/gone', { loss: 'ab12' }, manage)
  assert.deepEqual([unsure.status, /Tick the box/.test(unsure.text)], [400, true])
  const other = await front.send('/people/gone', { loss: 'another', sure: '1' }, manage)
  assert.deepEqual([other.status, /Others are missing now/.test(other.text)], [409, true])
  const done = await front.send('/people/gone', { loss: 'ab12', sure: '1' }, manage)
  assert.deepEqual([done.status, done.at, /vanished/.test(done.text)], [200, '/people', false])
  assert.equal((await front.ask('POST', '/v1/people/gone', { loss: 'ab12' }, manage)).json.confirmed, false)
})

for (const [title, store] of Object.entries({ 'are away': AWAY, 'are held': HELD })) {
  test(`while known people ${title} nothing of them is changed by half, and their rows stay`, async () => {
    await using front = await withPeople()
    const { photo, faces, files } = front
    const form = new FormData()
    form.set('name', 'Anna')
    form.set('photos', new File(['a'], 'a.jpg'))
    const added = await front.ask('POST', '/v1/people', form)
    assert.equal(added.status, 201)
    files.store = store
    files.before = (step) => assert.fail(`${step} was asked for`)
    const before = await front.database.rows('SELECT * FROM person ORDER BY id')
    const changes = [
      await front.ask('POST', '/v1/people', form),
      await front.ask('POST', `/v1/people/${added.json.id}/images`, form),
      await front.ask('DELETE', `/v1/people/${added.json.id}`),
      await front.ask('PUT', `/v1/images/${photo}/faces/${faces[0]}/person`, { name: 'Boris' }),
    ]
    for (const { status, json } of changes) assert.deepEqual([status, json.detail], [503, store.detail])
    assert.deepEqual(await front.database.rows('SELECT * FROM person ORDER BY id'), before)
    assert.deepEqual(await front.database.rows('SELECT id FROM faces WHERE decided = 1'), [])
    const renamed = await front.ask('PATCH', `/v1/people/${added.json.id}`, { name: 'Anne' })
    assert.equal(renamed.status, 200)
    files.files.clear()
    await front.known.poll()
    files.before = () => {}
    await front.people.repair()
    assert.equal((await front.database.rows('SELECT * FROM person_images')).length, 1)
    files.store = undefined
    await front.known.poll()
    assert.equal((await front.database.rows('SELECT * FROM person_images')).length, 0)
  })
}
