import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ProblemError } from '@livepods/http'
import { BY, peopleParts } from '../support/people.ts'

type Parts = Awaited<ReturnType<typeof peopleParts>>

const photos = (...texts: string[]) => texts.map((text) => ({ name: `${text}.jpg`, bytes: Buffer.from(text) }))
const files = ({ files }: Parts) => [...files.files.values()].map(String).sort()
const named = async ({ people }: Parts, { id, faces }: { id: string; faces: string[] }, name: string) =>
  await people.name(BY, id, faces[0] ?? '', { name, another: false })

/** Until it is disposed of, the face service does not do that. */
function away({ files }: Parts, step: string): Disposable {
  files.before = (asked) => {
    if (asked === step) throw new ProblemError(503, 'The face service is away.')
  }
  return {
    [Symbol.dispose]: () => {
      files.before = () => {}
    },
  }
}

test('the undo of added photos takes none away that was there before', async () => {
  await using parts = await peopleParts()
  const { person: anna } = await parts.people.add(BY, 'Anna', photos('a', 'b'))
  const change = await parts.people.addPhotos(BY, anna, photos('b', 'c'))
  await parts.people.undo(BY, change)
  assert.deepEqual(files(parts), ['a', 'b'])
})

test('of photos that were being added when the process died, undo takes away those that came', async () => {
  await using parts = await peopleParts()
  const { person: anna } = await parts.people.add(BY, 'Anna', photos('a'))
  // The second one is added, and the answer is lost.
  const add = parts.files.add.bind(parts.files)
  parts.files.add = async (...image) => {
    await add(...image)
    parts.files.add = add
    throw new ProblemError(503, 'The face service is away.')
  }
  await assert.rejects(parts.people.addPhotos(BY, anna, photos('b', 'c')), { status: 503 })
  await parts.people.repair()
  assert.deepEqual(files(parts), ['a', 'b'])
  const { id = '' } = (await parts.row('SELECT MAX(id) AS id FROM face_changes')) as { id?: string }
  await parts.people.undo(BY, id)
  assert.deepEqual(files(parts), ['a'])
})

test('photos of which none is taken leave no change', async () => {
  await using parts = await peopleParts()
  await assert.rejects(parts.people.add(BY, 'Anna', photos('no picture')), { status: 422 })
  assert.deepEqual(await parts.database.rows("SELECT id FROM face_changes WHERE action <> 'gone'"), [])
})

test('a picture that both had is theirs again when they are parted', async () => {
  await using parts = await peopleParts()
  const { person: anna } = await parts.people.add(BY, 'Anna', photos('a', 'same'))
  const { person: anne } = await parts.people.add(BY, 'Anne', photos('b', 'same'))
  const before = await parts.knownImages()
  const change = await parts.people.merge(BY, anne, anna)
  assert.deepEqual(files(parts), ['a', 'b', 'same'])
  await parts.people.undo(BY, change)
  assert.deepEqual(await parts.knownImages(), before)
  assert.deepEqual(files(parts), ['a', 'b', 'same', 'same'])
})

test('nobody is merged or deleted while what is enrolled for them waits for the face service', async () => {
  await using parts = await peopleParts()
  const { person: anna } = await parts.people.add(BY, 'Anna', photos('a'))
  {
    using _ = away(parts, 'add')
    await named(parts, await parts.photo('1.jpg', {}), 'Boris')
  }
  const { id: boris } = await parts.person('Boris')
  const early = { status: 409, message: /not finished yet/ }
  await assert.rejects(parts.people.merge(BY, boris, anna), early)
  await assert.rejects(parts.people.delete(BY, boris), early)
  await parts.people.repair()
  await parts.people.merge(BY, boris, anna)
  assert.equal(files(parts).length, 2)
})

test('an undo that was cut takes back nothing that was said since', async () => {
  await using parts = await peopleParts()
  const photo = await parts.photo('1.jpg', {})
  const change = await named(parts, photo, 'Anna')
  {
    using _ = away(parts, 'remove')
    await parts.people.undo(BY, change)
  }
  await assert.rejects(named(parts, photo, 'Boris'), { status: 409, message: /not finished yet/ })
  await parts.people.repair()
  await named(parts, photo, 'Boris')
  await parts.people.repair()
  assert.deepEqual(await parts.names(photo.id), ['Boris'])
  assert.deepEqual(Object.values(await parts.knownImages()), ['Boris'])
})

test('who goes with an undo is nobody’s runner-up, and on no photo', async () => {
  await using parts = await peopleParts()
  const photo = await parts.photo('1.jpg', {})
  const change = await named(parts, photo, 'Anna')
  const { id: anna } = await parts.person('Anna')
  const seen = await parts.photo('2.jpg', { person: anna, distance: 0.3 })
  await parts.photo('3.jpg', { runnerUp: [anna, 0.7] })
  await parts.people.undo(BY, change)
  assert.deepEqual(await parts.state(seen.id), ['unknown', undefined])
  assert.deepEqual(await parts.database.rows('SELECT id FROM images WHERE person = ?', [anna]), [])
  assert.deepEqual(await parts.database.rows('SELECT id FROM faces WHERE runner_up_id IS NOT NULL'), [])
})

test('what only a machine said is compared again after an undo', async () => {
  await using parts = await peopleParts()
  const { person: anna } = await parts.people.add(BY, 'Anna', photos('a'))
  const photo = await parts.photo('1.jpg', { runnerUp: [anna, 0.7] })
  await parts.database.change('UPDATE faces SET generation = 5')
  const change = await named(parts, photo, 'Boris')
  await parts.people.undo(BY, change)
  assert.deepEqual(await parts.row('SELECT generation, decided, runner_up_id FROM faces'), {
    ...{ generation: 0, decided: 0, runner_up_id: anna },
  })
})

test('a face that was named meanwhile is enrolled for one person, whatever is undone', async () => {
  await using parts = await peopleParts()
  const photo = await parts.photo('1.jpg', {})
  await named(parts, photo, 'Anna')
  const { id: anna } = await parts.person('Anna')
  await parts.people.addPhotos(BY, anna, photos('a'))
  const deletion = await parts.people.delete(BY, anna)
  await named(parts, photo, 'Boris')
  await parts.people.undo(BY, deletion)
  assert.deepEqual(Object.values(await parts.knownImages()).sort(), ['Anna', 'Boris'])
  const { id: boris } = await parts.person('Boris')
  const portrait = (await parts.row('SELECT id FROM person_images WHERE person_id = (SELECT MAX(id) FROM person)')) as {
    id: number
  }
  const removal = await parts.people.removeImage(BY, boris, portrait.id)
  await parts.people.name(BY, photo.id, photo.faces[0] ?? '', { person: anna })
  await assert.rejects(parts.people.undo(BY, removal), { status: 409, message: /changed since/ })
})

test('with a person goes what was done to those who were merged into them', async () => {
  await using parts = await peopleParts()
  const { person: anna } = await parts.people.add(BY, 'Anna', photos('a'))
  const { person: anne } = await parts.people.add(BY, 'Anne', photos('b'))
  await parts.people.rename(BY, anne, 'Anja')
  await parts.people.merge(BY, anne, anna)
  await parts.people.delete(BY, anna)
  await parts.expire()
  await parts.people.repair()
  assert.doesNotMatch(JSON.stringify(await parts.database.rows('SELECT `before` FROM face_changes')), /ann|anj/i)
})

test('photos that a frontend of the version before was adding when it died stay, and hold nothing up', async () => {
  await using parts = await peopleParts()
  const { person: anna } = await parts.people.add(BY, 'Anna', photos('a'))
  const before = { state: 'doing', people: [anna], name: 'Anna', added: true, images: [], warnings: [] }
  await parts.database.change("INSERT INTO face_changes (actor, action, `before`) VALUES ('test', 'add', ?)", [
    JSON.stringify(before),
  ])
  await parts.people.repair()
  assert.deepEqual(Object.values(await parts.knownImages()), ['Anna'])
  const states = await parts.database.rows(
    "SELECT JSON_UNQUOTE(JSON_EXTRACT(`before`, '$.state')) AS state FROM face_changes",
  )
  assert.deepEqual(states, [{ state: 'done' }, { state: 'done' }])
})
