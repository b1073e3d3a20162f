import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually } from '@livepods/testing'
import { GalleryClient, type MatchedFace } from '../src/gallery-client.ts'
import { ReMatch } from '../src/re-match.ts'
import { galleryServer } from './support/faces-server.ts'
import { LineGallery } from './support/gallery.ts'
import { log, stores } from './support/images.ts'
import { descriptorAt, face, recognition } from './support/recognitions.ts'

async function reMatching() {
  const part = await stores()
  const gallery = new LineGallery()
  const started = new AsyncDisposableStack()
  return {
    ...part,
    gallery,
    /** A photo with faces at these places, recognised with the gallery of now. */
    photo: async (path: string, ...places: number[]) => {
      const claim = await part.photoStore.claim(await part.add(path))
      assert(claim)
      const { hash, faces } = await gallery.match(places.map(descriptorAt))
      gallery.asked = 0
      const found = faces.map((matched: MatchedFace, i) =>
        face({
          ...matched,
          descriptor: descriptorAt(places[i] ?? 0),
          box: { x: i / 9, y: 0, width: 0.1, height: 0.1 },
        }),
      )
      await part.completion.complete(claim, recognition({ faces: found, gallery: hash, engine: gallery.engine }))
      return claim.id
    },
    become: (hash: string, people: Record<string, number>) => {
      gallery.hash = hash.repeat(64)
      gallery.people = people
    },
    start: (options = {}) => {
      const reMatch = started.use(
        new ReMatch({
          database: part.database,
          galleries: part.galleries,
          client: gallery,
          pending: async () => 0,
          isPaused: () => false,
          everyMs: 10,
          log,
          ...options,
        }),
      )
      reMatch.start()
      return reMatch
    },
    names: async (id: string) =>
      (
        await part.database.rows<{ name: string | null }>(
          'SELECT name FROM faces LEFT JOIN person ON person.id = person_id WHERE image_id = ? ORDER BY faces.id',
          [id],
        )
      ).map(({ name }) => name),
    [Symbol.asyncDispose]: async () => {
      await started.disposeAsync()
      await part[Symbol.asyncDispose]()
    },
  }
}

test('when somebody becomes known, the photos that are there already follow, and when they are forgotten again, too', async () => {
  await using part = await reMatching()
  const both = await part.photo('both.jpg', 0, 5)
  const none = await part.photo('none.jpg', 9)
  await part.set(both, "finished_at = '2026-01-02 03:04:05'", [])
  const reMatch = part.start()
  part.become('b', { anna: 0.1 })
  await eventually(async () => assert.deepEqual(await part.names(both), ['anna', null]))
  const row = await part.row(both)
  assert.deepEqual([row.status, row.outcome, row.person > 0, row.attempts], [1, 'IDENTIFIED', true, 1])
  assert.ok(row.finished_at && row.finished_at > new Date('2026-01-03'))
  const [stranger] = await part.database.rows<Record<string, unknown>>('SELECT * FROM faces WHERE image_id = ?', [none])
  assert.deepEqual([stranger?.runner_up_id, stranger?.runner_up_distance], [row.person, 8.9])

  // The gallery is the very one of the beginning.
  part.become('a', {})
  await eventually(async () => assert.deepEqual(await part.names(both), [null, null]))
  await eventually(() => assert.equal(reMatch.status.state, 'idle'))
  const after = await part.row(both)
  assert.deepEqual([after.status, after.outcome, after.person], [0, 'UNIDENTIFIED', -1])
})

test('while a loss of known people is held, or they are away, nobody becomes unknown', async () => {
  await using part = await reMatching()
  part.become('a', { anna: 0 })
  const id = await part.photo('x.jpg', 0)
  await using server = await galleryServer(part.gallery)
  using client = new GalleryClient(server.address)
  for (const [hash, state] of [
    ['b', 'KNOWN_STORE_STATE_HELD'],
    ['c', 'KNOWN_STORE_STATE_AWAY'],
  ] as const) {
    part.gallery.store = state
    part.become(hash, {})
    const asked = part.gallery.asks
    const reMatch = part.start({ client })
    await eventually(() => assert.ok(part.gallery.asks > asked + 5))
    await reMatch[Symbol.asyncDispose]()
    assert.deepEqual(await part.names(id), ['anna'])
  }
  part.gallery.store = 'KNOWN_STORE_STATE_PRESENT'
  part.start({ client })
  await eventually(async () => assert.deepEqual(await part.names(id), [null]))
})

test('faces are compared once for each change of the known people, and a photo that stays what it was is not touched', async () => {
  await using part = await reMatching()
  part.become('a', { anna: 0 })
  const id = await part.photo('x.jpg', 0)
  const before = await part.row(id)
  const reMatch = part.start()
  await eventually(() => assert.equal(reMatch.status.generation, before.generation))
  assert.equal(part.gallery.asked, 0)
  part.become('b', { anna: 0.1, boris: 3 })
  await eventually(async () => assert.notEqual((await part.row(id)).generation, before.generation))
  await eventually(() => assert.equal(reMatch.status.state, 'idle'))
  assert.equal(part.gallery.asked, 1)
  const after = await part.row(id)
  assert.deepEqual(after.finished_at, before.finished_at)
  const [row] = await part.database.rows<{ distance: number }>('SELECT distance FROM faces')
  assert.ok(Math.abs((row?.distance ?? 0) - 0.1) < 1e-6)
})

test('comparing again never takes back that a photo is final, whether it changes the photo or not', async () => {
  await using part = await reMatching()
  const [both, none] = [await part.photo('both.jpg', 0, 5), await part.photo('none.jpg', 9)]
  await part.database.change('CREATE TABLE taken_back (id BIGINT UNSIGNED)')
  await part.database.change(`CREATE TRIGGER takes_back AFTER UPDATE ON images FOR EACH ROW INSERT INTO taken_back
    SELECT NEW.id FROM (SELECT 1) AS one WHERE NEW.due_at IS NOT NULL OR NEW.outcome IS NULL`)
  const takenBack = async () => await part.database.rows('SELECT id FROM taken_back')
  const reMatch = part.start()
  part.become('b', { anna: 0.1 })
  await eventually(async () => assert.deepEqual(await part.names(both), ['anna', null]))
  await eventually(async () => assert.equal((await part.row(none)).generation, (await part.row(both)).generation))
  const { generation } = await part.row(both)
  part.become('c', { anna: 0.1 })
  await eventually(async () => assert.notEqual((await part.row(both)).generation, generation))
  await reMatch[Symbol.asyncDispose]()
  assert.deepEqual(await takenBack(), [])
  // Else the trigger sees nothing.
  await part.set(none, 'due_at = UTC_TIMESTAMP(3), outcome = NULL', [])
  assert.deepEqual(await takenBack(), [{ id: none }])
})

test('what a person decided stays', async () => {
  await using part = await reMatching()
  const id = await part.photo('x.jpg', 0, 1)
  const dora = Number((await part.database.change("INSERT INTO person (name) VALUES ('Dora')")).insertId)
  await part.database.change('UPDATE faces SET decided = 1, person_id = ? ORDER BY id LIMIT 1', [dora])
  part.start()
  part.become('b', { anna: 0, boris: 1 })
  await eventually(async () => assert.deepEqual(await part.names(id), ['Dora', 'boris']))
  assert.equal((await part.row(id)).person, dora)
})

test('a photo that is in work is left to its worker', async () => {
  await using part = await reMatching()
  const id = await part.photo('x.jpg', 0)
  await part.set(id, 'due_at = UTC_TIMESTAMP(3), wake_at = due_at')
  const claim = await part.photoStore.claim(id)
  assert(claim)
  const reMatch = part.start()
  part.become('b', { anna: 0 })
  await eventually(() => assert.deepEqual([reMatch.status.done, reMatch.status.state], [1, 'idle']))
  assert.deepEqual([(await part.row(id)).status, (await part.row(id)).person], [3, -1])
})

test('an answer about other people than those of the beginning is not written', async () => {
  await using part = await reMatching()
  const id = await part.photo('x.jpg', 0)
  part.become('b', { anna: 0 })
  part.gallery.before = async () => {
    part.gallery.before = undefined
    part.become('c', { boris: 0 })
  }
  part.start()
  await eventually(async () => assert.deepEqual(await part.names(id), ['boris']))
  assert.deepEqual(await part.database.rows('SELECT name FROM person'), [{ name: 'boris' }])
})

test('one process re-matches at a time, and another continues where the first died', async () => {
  await using part = await reMatching()
  for (let i = 0; i < 3; i++) await part.photo(`${i}.jpg`, i)
  const stuck = Promise.withResolvers<void>()
  const reached = Promise.withResolvers<void>()
  part.become('b', { anna: 0 })
  part.gallery.before = async () => {
    reached.resolve()
    await stuck.promise
  }
  const first = part.start()
  await reached.promise
  const second = part.start()
  await eventually(() => assert.equal(second.status.state, 'elsewhere'))
  assert.equal(first.status.state, 'looking')
  part.gallery.before = undefined
  // As if the process were killed: the server frees the lock, and what the first one learns later is not written.
  const [holder] = await part.database.rows<{ id: string }>(
    "SELECT IS_USED_LOCK(CONCAT('livepods.look.', LEFT(SHA2(DATABASE(), 256), 32))) AS id",
  )
  await part.database.change(`KILL ${holder?.id}`)
  await eventually(() => assert.equal(second.status.done, 3))
  stuck.resolve()
  await eventually(async () =>
    assert.equal((await part.database.rows('SELECT 1 FROM faces WHERE person_id > 0')).length, 1),
  )
})

test('embeddings of another engine are not compared: their photos are due again, a few at a time', async () => {
  await using part = await reMatching()
  const old: string[] = []
  for (let i = 0; i < 110; i++) old.push(await part.photo(`${i}.jpg`, 0))
  part.gallery.engine = 'newer'
  const young = await part.photo('young.jpg', 0)
  part.become('b', { anna: 0 })
  let waiting = 0
  part.start({ pending: async () => waiting, rescanAfterMs: 20 })
  const dueNow = async () => (await part.database.rows('SELECT id FROM images WHERE due_at IS NOT NULL')).length
  await eventually(async () => assert.equal(await dueNow(), 100))
  waiting = 100
  await eventually(async () => assert.deepEqual(await part.names(young), ['anna']))
  assert.deepEqual(await part.names(old[0] ?? ''), [null])
  assert.equal(await dueNow(), 100)
  waiting = 0
  await eventually(async () => assert.equal(await dueNow(), 110))
})

test('photos that an older finder looked at are due once more, a few at a time, those without a face first', async () => {
  await using part = await reMatching()
  const withFace = await part.photo('face.jpg', 0)
  const without = [await part.photo('1.jpg'), await part.photo('2.jpg')]
  await part.database.change("UPDATE images SET status = 2, outcome = 'NO_FACE' WHERE id IN (?)", [without])
  const dueNow = async () =>
    (await part.database.rows<{ id: string }>('SELECT id FROM images WHERE due_at IS NOT NULL ORDER BY id')).map(
      ({ id }) => id,
    )
  let waiting = 98
  let runs = 0
  const pending = async () => {
    runs++
    return waiting
  }
  part.gallery.finder = 1
  part.start({ pending, rescanAfterMs: 20 })
  await eventually(async () => assert.deepEqual(await dueNow(), without))
  waiting = 100
  const seen = runs
  await eventually(() => assert.ok(runs > seen + 1))
  assert.deepEqual(await dueNow(), without)
  waiting = 0
  await eventually(async () => assert.deepEqual(await dueNow(), [withFace, ...without]))
  waiting = 100
  for (const id of await dueNow()) {
    const claim = await part.photoStore.claim(id)
    assert(claim)
    await part.completion.complete(claim, recognition({ outcome: 'NO_FACE', gallery: part.gallery.hash, finder: 1 }))
  }
  waiting = 0
  const since = runs
  await eventually(() => assert.ok(runs > since + 2))
  assert.deepEqual(await dueNow(), [])
})

test('it rests while the face service is away', async () => {
  await using part = await reMatching()
  await part.photo('x.jpg', 0)
  part.become('b', { anna: 0 })
  let isPaused = true
  const asked: string[] = []
  const reMatch = part.start({ isPaused: () => asked.push('rests') > 0 && isPaused })
  await eventually(() => assert.ok(asked.length > 3))
  assert.equal(reMatch.status.done, 0)
  isPaused = false
  await eventually(() => assert.equal(reMatch.status.done, 1))
})

test('a re-match names nobody who is deleted, and what it could not say is said when that is undone', async () => {
  await using part = await reMatching()
  part.become('a', { anna: 0 })
  const photo = await part.photo('a.jpg', 0.1)
  part.become('b', { anna: 0.05 })
  await part.database.change('UPDATE person SET deleted_at = UTC_TIMESTAMP(3)')
  await part.database.change('UPDATE faces SET person_id = NULL')
  const reMatch = part.start({ rescanAfterMs: 0 })
  await eventually(() => assert.ok(reMatch.status.generation > 1))
  const people = 'SELECT faces.person_id, faces.generation FROM faces'
  assert.deepEqual(await part.database.rows(people), [{ person_id: null, generation: 0 }])
  await part.database.change('UPDATE person SET deleted_at = NULL')
  await eventually(async () => assert.deepEqual(await part.names(photo), ['anna']))
})

test('a photo follows a face that was first written while its runner-up was just deleted', async () => {
  await using part = await reMatching()
  part.become('a', { anna: 0, boris: 9 })
  await part.photo('known.jpg', 0, 9)
  part.become('b', {})
  const photo = await part.photo('a.jpg', 0.1)
  part.become('c', { anna: 0, boris: 0.5 })
  await part.database.change("UPDATE person SET deleted_at = UTC_TIMESTAMP(3) WHERE folder = 'boris'")
  const reMatch = part.start({ rescanAfterMs: 0 })
  await eventually(async () => assert.deepEqual(await part.names(photo), ['anna']))
  part.become('d', { anna: 0 })
  await eventually(() => assert.equal(reMatch.status.generation, 4))
  const [anna] = await part.database.rows<{ id: number }>("SELECT id FROM person WHERE folder = 'anna'")
  assert.equal((await part.row(photo)).person, anna?.id)
})
