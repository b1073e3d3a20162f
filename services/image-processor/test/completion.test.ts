import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually } from '@livepods/testing'
import { stores } from './support/images.ts'
import { DESCRIPTOR, descriptorAt, face, GALLERY, identified, match, recognition } from './support/recognitions.ts'

async function claimed() {
  const part = await stores()
  const claim = async (path = 'x.jpg') => {
    const claimed = await part.photoStore.claim(await part.add(path))
    assert(claimed)
    return claimed
  }
  const faces = (imageId: string) =>
    part.database.rows<Record<string, unknown>>('SELECT * FROM faces WHERE image_id = ? ORDER BY id', [imageId])
  return { ...part, claim, faces, [Symbol.asyncDispose]: () => part[Symbol.asyncDispose]() }
}

test('a known image is looked up in person_images, as kube-cluster-sample did: hannibal_1.jpg is Hannibal, john_doe_1.jpg John Doe', async () => {
  await using part = await claimed()
  await part.database.change("INSERT INTO person (id, name) VALUES (1, 'Hannibal'), (3, 'John Doe')")
  await part.database.change(
    "INSERT INTO person_images (image_name, person_id) VALUES ('hannibal_1.jpg', 1), ('john_doe_1.jpg', 3)",
  )
  for (const [person, imageName, id] of [
    ['hannibal', 'hannibal_1.jpg', 1],
    ['john_doe', 'john_doe_1.jpg', 3],
  ] as const) {
    const claim = await part.claim(imageName)
    await part.completion.complete(claim, identified(match(person, 0.3, imageName)))
    const row = await part.row(claim.id)
    assert.deepEqual([row.person, row.status, row.outcome], [id, 1, 'IDENTIFIED'])
  }
  assert.equal((await part.database.rows('SELECT id FROM person')).length, 2)
})

test('an image name that nobody has adds the person, where kube-cluster-sample left the photo in PROCESSING for ever', async () => {
  await using part = await claimed()
  const claim = await part.claim()
  await part.completion.complete(claim, identified('anna'))
  const [person] = await part.database.rows<{ id: number; name: string; folder: string }>('SELECT * FROM person')
  assert.deepEqual([person?.name, person?.folder], ['anna', 'anna'])
  const images = await part.database.rows('SELECT image_name, person_id FROM person_images')
  assert.deepEqual(images, [{ image_name: 'anna/1.jpg', person_id: person?.id }])
  assert.equal((await part.row(claim.id)).person, person?.id)
})

test('a person whose folder was kept with combining accents is the one whose key has none', async () => {
  await using part = await claimed()
  const [nfc, nfd] = ['Jos\u00e9', 'Jose\u0301']
  await part.database.change('INSERT INTO person (id, name, folder) VALUES (7, ?, ?)', [nfd, nfd])
  const claim = await part.claim()
  await part.completion.complete(claim, identified(match(nfc, 0.3, `${nfc}/2.jpg`)))
  assert.equal((await part.row(claim.id)).person, 7)
})

test('a second image of a known folder belongs to the same person, also when that was renamed', async () => {
  await using part = await claimed()
  await part.completion.complete(await part.claim('a.jpg'), identified('anna'))
  await part.database.change("UPDATE person SET name = 'Anna Karenina'")
  await part.completion.complete(await part.claim('b.jpg'), identified(match('anna', 0.4, 'anna/2.jpg')))
  assert.equal((await part.database.rows('SELECT id FROM person')).length, 1)
  assert.equal((await part.database.rows('SELECT id FROM person_images')).length, 2)
})

test('workers that add the same people at once agree on them', async () => {
  await using part = await claimed()
  const claims = await Promise.all(Array.from({ length: 8 }, (_, i) => part.claim(`${i}.jpg`)))
  const people = ['anna', 'boris', 'clara']
  await Promise.all(
    claims.map((claim, i) => part.completion.complete(claim, identified(...(i % 2 ? people : people.toReversed())))),
  )
  const rows = await part.database.rows<{ folder: string }>('SELECT folder FROM person ORDER BY folder')
  assert.deepEqual(
    rows,
    people.map((folder) => ({ folder })),
  )
  assert.equal((await part.database.rows('SELECT id FROM faces')).length, 24)
})

test('the person of a photo is the identified face with the smallest distance', async () => {
  await using part = await claimed()
  const claim = await part.claim()
  await part.completion.complete(claim, identified(match('anna', 0.5), match('boris', 0.2), match('clara', 0.4)))
  const [boris] = await part.database.rows<{ id: number }>("SELECT id FROM person WHERE folder = 'boris'")
  assert.equal((await part.row(claim.id)).person, boris?.id)
})

test('every face is kept with box, embedding, engine, gallery and the next nearest', async () => {
  await using part = await claimed()
  const claim = await part.claim()
  const anna = face({ identified: true, nearest: match('anna', 0.3), runnerUp: match('boris', 0.7) })
  const stranger = face({ nearest: match('boris', 0.8), runnerUp: match('anna', 0.9), descriptor: undefined })
  const alone = face({ box: { x: 0.5, y: 0.5, width: 0.1, height: 0.1 } })
  await part.completion.complete(claim, recognition({ outcome: 'IDENTIFIED', faces: [anna, stranger, alone] }))
  const people = await part.database.rows<{ id: number; folder: string }>('SELECT id, folder FROM person')
  const idOf = (folder: string) => people.find((person) => person.folder === folder)?.id
  const rows = await part.faces(claim.id)
  assert.deepEqual(
    rows.map((row) => [row.person_id, row.distance, row.runner_up_id, row.runner_up_distance]),
    [
      [idOf('anna'), 0.3, idOf('boris'), 0.7],
      [null, null, idOf('boris'), 0.8],
      [null, null, null, null],
    ],
  )
  assert.deepEqual(rows[0]?.descriptor, DESCRIPTOR)
  assert.equal(rows[1]?.descriptor, null)
  assert.deepEqual([rows[2]?.x, rows[2]?.width, rows[2]?.score, rows[2]?.engine], [0.5, 0.1, 0.9, 'test'])
  assert.equal(rows[0]?.generation, await part.galleries.generation(GALLERY))
  assert.equal((await part.row(claim.id)).generation, rows[0]?.generation)
})

test('a gallery keeps its number, also when several workers meet it first', async () => {
  await using part = await claimed()
  const others = await Promise.all(Array.from({ length: 6 }, () => part.galleries.generation(GALLERY)))
  assert.equal(new Set(others).size, 1)
  assert.notEqual(await part.galleries.generation('b'.repeat(64)), others[0])
  assert.equal(await part.galleries.generation(GALLERY), others[0])
  assert.equal(await part.galleries.generation(''), 0)
})

test('an unidentified photo stays pending with nothing due, as the article says (kube-cluster-sample failed it)', async () => {
  await using part = await claimed()
  const claim = await part.claim()
  await part.completion.complete(claim, recognition({ faces: [face({ nearest: match('anna', 0.9) })] }))
  const row = await part.row(claim.id)
  assert.deepEqual([row.status, row.outcome, row.person, row.due, row.wake], [0, 'UNIDENTIFIED', -1, null, null])
  assert.equal(await part.photoStore.claim(claim.id), undefined)
})

test('no face, unreadable, missing and refused are FAILED at once; the person is -1, where kube-cluster-sample left what was there', async () => {
  await using part = await claimed()
  for (const outcome of ['NO_FACE', 'UNREADABLE', 'MISSING', 'REFUSED'] as const) {
    const claim = await part.claim(outcome)
    await part.set(claim.id, 'person = 3, last_error = ?', ['before'])
    assert.equal(await part.completion.complete(claim, recognition({ outcome })), outcome)
    const row = await part.row(claim.id)
    assert.deepEqual([row.status, row.outcome, row.person, row.due, row.last_error], [2, outcome, -1, null, null])
  }
})

test('the sentence about what is wrong with a photo is kept, as far as there is room, and no longer than it is true', async () => {
  await using part = await claimed()
  for (const outcome of ['NO_FACE', 'UNREADABLE', 'MISSING', 'REFUSED'] as const) {
    const claim = await part.claim(outcome)
    await part.completion.complete(claim, recognition({ outcome, detail: 'HEIC cannot be decoded here.' }))
    assert.equal((await part.row(claim.id)).last_error, 'HEIC cannot be decoded here.')
  }
  const long = await part.claim('long.jpg')
  await part.completion.complete(long, recognition({ outcome: 'UNREADABLE', detail: `x${'👩'.repeat(600)}\ud83d` }))
  assert.equal((await part.row(long.id)).last_error, `x${'👩'.repeat(511)}`)
  const decided = await part.claim('decided.jpg')
  await part.completion.complete(decided, identified('anna'))
  await part.database.change('UPDATE faces SET decided = 1 WHERE image_id = ?', [decided.id])
  await part.set(decided.id, "status = 0, outcome = NULL, due_at = UTC_TIMESTAMP(3), last_error = 'x'", [])
  const again = await part.photoStore.claim(decided.id)
  assert(again)
  await part.completion.complete(again, recognition({ outcome: 'NO_FACE', detail: 'There is no face.' }))
  const row = await part.row(decided.id)
  assert.deepEqual([row.outcome, row.last_error], ['IDENTIFIED', null])
})

test('a server that says only a name gives the photo a person and no faces', async () => {
  await using part = await claimed()
  const claim = await part.claim()
  const named = match('skarlso', 0, 'skarlso_1.jpg')
  await part.completion.complete(claim, recognition({ outcome: 'IDENTIFIED', named, gallery: '', engine: '' }))
  const row = await part.row(claim.id)
  assert(row.person > 0)
  assert.deepEqual([row.status, row.generation], [1, 0])
  assert.deepEqual(await part.faces(claim.id), [])
})

test('a second look replaces the faces, except those that a person decided', async () => {
  await using part = await claimed()
  const claim = await part.claim()
  await part.completion.complete(claim, identified('anna', 'boris', 'clara'))
  const before = await part.faces(claim.id)
  const dora = await part.database.change("INSERT INTO person (name) VALUES ('Dora')")
  await part.database.change('UPDATE faces SET decided = 1, person_id = ? WHERE id = ?', [
    dora.insertId,
    String(before[0]?.id),
  ])
  await part.database.change('UPDATE faces SET decided = 1, person_id = NULL WHERE id = ?', [String(before[1]?.id)])
  await part.set(claim.id, 'due_at = UTC_TIMESTAMP(3), wake_at = due_at')
  const again = await part.photoStore.claim(claim.id)
  assert(again)
  const moved = identified('anna', 'boris')
  for (const found of moved.faces) found.box = { ...found.box, y: 0.12 }
  await part.completion.complete(again, { ...moved, engine: 'newer' })
  const after = await part.faces(claim.id)
  assert.deepEqual(
    after.map((row) => [row.id, row.person_id, row.decided, row.y, row.engine]),
    [
      [before[0]?.id, Number(dora.insertId), 1, 0.12, 'newer'],
      [before[1]?.id, null, 1, 0.12, 'newer'],
    ],
  )
  const row = await part.row(claim.id)
  assert.deepEqual([row.outcome, row.person], ['IDENTIFIED', Number(dora.insertId)])
})

test('whom a person named is whom the photo shows, however near a machine finds another', async () => {
  await using part = await claimed()
  const claim = await part.claim()
  await part.completion.complete(claim, identified('anna'))
  await part.database.change('UPDATE faces SET decided = 1 WHERE image_id = ?', [claim.id])
  await part.set(claim.id, 'status = 0, outcome = NULL, due_at = UTC_TIMESTAMP(3)', [])
  const again = await part.photoStore.claim(claim.id)
  assert(again)
  const elsewhere = { x: 0.8, y: 0.8, width: 0.1, height: 0.1 }
  const boris = face({ box: elsewhere, identified: true, nearest: match('boris', 0) })
  await part.completion.complete(again, recognition({ outcome: 'IDENTIFIED', faces: [boris] }))
  const [anna] = await part.database.rows<{ id: number }>("SELECT id FROM person WHERE folder = 'anna'")
  assert.equal((await part.row(claim.id)).person, anna?.id)
})

test('a picture that replaced the one of a decided face does not get its name, nor it the other embedding', async () => {
  await using part = await claimed()
  const claim = await part.claim()
  await part.completion.complete(claim, recognition({ faces: [face({ descriptor: descriptorAt(0) })] }))
  const dora = await part.database.change("INSERT INTO person (name) VALUES ('Dora')")
  await part.database.change('UPDATE faces SET decided = 1, person_id = ?', [dora.insertId])
  const look = async (place: number) => {
    await part.set(claim.id, 'due_at = UTC_TIMESTAMP(3), wake_at = due_at')
    const again = await part.photoStore.claim(claim.id)
    assert(again)
    await part.completion.complete(again, recognition({ faces: [face({ descriptor: descriptorAt(place) })] }))
    return (await part.faces(claim.id)).map((row) => [row.person_id, (row.descriptor as Buffer).readFloatLE(0)])
  }
  assert.deepEqual(await look(0.25), [[Number(dora.insertId), 0.25]])
  assert.deepEqual(await look(0.875), [
    [Number(dora.insertId), 0.25],
    [null, 0.875],
  ])
})

test('an answer that was given before a person was removed does not bring them back', async () => {
  await using part = await claimed()
  const claim = await part.claim()
  await part.database.change(
    "INSERT INTO face_changes (actor, action, `before`) VALUES ('', 'gone', JSON_OBJECT('key', SHA2('anna', 256)))",
  )
  const anna = face({ identified: true, nearest: match('anna', 0.3), runnerUp: match('boris', 0.7) })
  await part.completion.complete(claim, recognition({ outcome: 'IDENTIFIED', faces: [anna] }))
  assert.deepEqual(await part.database.rows('SELECT name FROM person'), [{ name: 'boris' }])
  const [row] = await part.faces(claim.id)
  assert.deepEqual([row?.person_id, row?.distance, row?.runner_up_distance], [null, null, 0.7])
  assert.equal((await part.row(claim.id)).outcome, 'UNIDENTIFIED')
  // Whoever comes into a folder of that name later is somebody else.
  await part.database.change('UPDATE face_changes SET at = at - INTERVAL 1 DAY')
  await part.completion.complete(await part.claim('b.jpg'), identified('anna'))
  assert.equal((await part.database.rows('SELECT name FROM person')).length, 2)
})

test('an answer that was given before a person was deleted does not show them, and is compared again if that is undone', async () => {
  await using part = await claimed()
  await part.completion.complete(await part.claim('a.jpg'), identified('anna'))
  await part.database.change('UPDATE person SET deleted_at = UTC_TIMESTAMP(3)')
  // By the row of the image, and by the folder.
  for (const nearest of [match('anna', 0.3), { ...match('anna', 0.3), imageName: 'anna/other.jpg' }]) {
    const claim = await part.claim(`${nearest.imageName}.jpg`)
    const boris = match('boris', 0.7)
    const faces = [
      face({ identified: true, nearest, runnerUp: boris }),
      face({ nearest: boris, box: { x: 0.5, y: 0, width: 0.1, height: 0.1 } }),
    ]
    await part.completion.complete(claim, recognition({ outcome: 'IDENTIFIED', faces }))
    assert.deepEqual(
      (await part.faces(claim.id)).map((row) => [row.person_id, row.distance, Number(row.generation) > 0]),
      [
        [null, null, false],
        [null, null, true],
      ],
    )
    assert.equal((await part.row(claim.id)).outcome, 'UNIDENTIFIED')
  }
})

test('a face that was forgotten on a wish is not described again', async () => {
  await using part = await claimed()
  const claim = await part.claim()
  await part.completion.complete(claim, identified('anna'))
  await part.database.change('UPDATE faces SET decided = 1, person_id = NULL, descriptor = NULL')
  await part.set(claim.id, 'due_at = UTC_TIMESTAMP(3), wake_at = due_at')
  const again = await part.photoStore.claim(claim.id)
  assert(again)
  await part.completion.complete(again, identified('anna'))
  assert.deepEqual(
    (await part.faces(claim.id)).map((row) => [row.person_id, row.descriptor]),
    [[null, null]],
  )
})

test('what of a photo was not searched for faces is kept until it is recognised again', async () => {
  await using part = await claimed()
  const { id, ...claim } = await part.claim()
  const unsearched = async () => {
    const { truncated, incomplete, more_faces } = await part.row(id)
    return [truncated, incomplete, more_faces]
  }
  const unseen = { truncated: true, incomplete: true, moreFaces: 7 }
  await part.completion.complete({ id, ...claim }, { ...identified('anna'), ...unseen })
  assert.deepEqual(await unsearched(), [1, 1, 7])
  await part.set(id, 'status = 0, outcome = NULL, due_at = UTC_TIMESTAMP(3)')
  const again = await part.photoStore.claim(id)
  assert(again)
  assert.deepEqual(await unsearched(), [0, 0, 0])
  await part.completion.complete(again, identified('anna'))
  assert.deepEqual(await unsearched(), [0, 0, 0])
})

test('a face that is named while its photo is being completed is there once, with the name', async () => {
  await using part = await claimed()
  const { database, completion } = part
  const claim = await part.claim()
  await completion.complete(claim, recognition({ faces: [face()] }))
  await database.change("INSERT INTO person (id, name) VALUES (7, 'Zoë')")
  await database.change('UPDATE images SET due_at = UTC_TIMESTAMP(3), attempts = 0 WHERE id = ?', [claim.id])
  const again = await part.photoStore.claim(claim.id)
  assert(again)
  let completed: Promise<unknown> | undefined
  await database.transaction(async (session) => {
    // As naming does it: photo, then face.
    await session.rows('SELECT id FROM images WHERE id = ? FOR UPDATE', [claim.id])
    completed = completion.complete(again, recognition({ faces: [face()] }))
    await eventually(async () => {
      const waiting =
        "SELECT 1 FROM information_schema.processlist WHERE info LIKE '%FROM images LEFT JOIN faces%FOR UPDATE'"
      assert.equal((await database.rows(waiting)).length, 1)
    })
    await session.change('UPDATE faces SET person_id = 7, decided = 1 WHERE image_id = ?', [claim.id])
  })
  assert.equal(await completed, 'IDENTIFIED')
  const faces = await part.faces(claim.id)
  assert.deepEqual(
    faces.map(({ person_id, decided }) => [person_id, decided]),
    [[7, 1]],
  )
})
