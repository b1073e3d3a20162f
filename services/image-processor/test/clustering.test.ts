import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Session } from '@livepods/sql'
import { Clustering } from '../src/clustering.ts'
import { addImage, log, stores } from './support/images.ts'
import { descriptorAt } from './support/recognitions.ts'

const NOW = { generation: 1, engine: 'test' }

async function faces() {
  const part = await stores()
  const image = await addImage(part.database, 'x.jpg')
  return {
    ...part,
    /** A face at this place, compared with the known people of now. */
    add: async (place: number, more: Record<string, string | number | null> = {}) => {
      const row = {
        ...NOW,
        descriptor: descriptorAt(place),
        image_id: image,
        x: 0,
        y: 0,
        width: 1,
        height: 1,
        score: 1,
        ...more,
      }
      const names = Object.keys(row).join(', ')
      const marks = Object.keys(row).fill('?').join(', ')
      const { insertId } = await part.database.change(
        `INSERT INTO faces (${names}) VALUES (${marks})`,
        Object.values(row),
      )
      return insertId
    },
    run: (clustering = new Clustering({ log })) => part.database.session((session) => clustering.run(session, NOW)),
    clusters: async () => {
      const rows = await part.database.rows<{ group_id: string | null }>('SELECT group_id FROM faces ORDER BY id')
      const order = [...new Set(rows.map(({ group_id }) => group_id).filter((id) => id !== null))]
      return rows.map(({ group_id }) => (group_id === null ? null : order.indexOf(group_id)))
    },
    [Symbol.asyncDispose]: () => part[Symbol.asyncDispose](),
  }
}

test('faces that look alike get one cluster, and keep it', async () => {
  await using part = await faces()
  for (const place of [0, 5, 0.1, 5.2]) await part.add(place)
  const clustering = new Clustering({ log })
  assert.equal(await part.run(clustering), 4)
  assert.deepEqual(await part.clusters(), [0, 1, 0, 1])
  await part.add(0.2)
  assert.equal(await part.run(clustering), 1)
  await part.add(5.1)
  // A process that begins anew knows what the last one did.
  assert.equal(await part.run(), 1)
  assert.deepEqual(await part.clusters(), [0, 1, 0, 1, 0, 1])
})

test('a face that is somebody, that a person decided, or that was compared with other people, gets none', async () => {
  await using part = await faces()
  const { insertId: anna } = await part.database.change("INSERT INTO person (name) VALUES ('Anna')")
  await part.add(0, { person_id: anna })
  await part.add(0, { decided: 1 })
  await part.add(0, { generation: 0 })
  await part.add(0, { engine: 'older' })
  await part.add(0, { descriptor: null })
  assert.equal(await part.run(), 0)
})

test('a face that cannot be seen well joins by a stricter rule, and is joined by none', async () => {
  await using part = await faces()
  const poor = { quality: 0.25 }
  const clustering = new Clustering({ log })
  await part.add(0, poor)
  await part.add(0, poor)
  await part.add(0.1, { quality: 0.75 })
  await part.add(0.4)
  await part.add(0.4, poor)
  await part.add(0.68, poor)
  assert.equal(await part.run(clustering), 6)
  assert.deepEqual(await part.clusters(), [0, 1, 2, 2, 2, 3])
  await part.add(0)
  await part.add(0.6)
  // Whether it was told by the process that clustered them, or reads them from the database.
  for (const each of [clustering, new Clustering({ log })]) await part.run(each)
  assert.deepEqual((await part.clusters()).slice(6), [2, 2])
})

test('nobody joins the cluster of a person who has a name', async () => {
  await using part = await faces()
  await part.add(0)
  await part.run()
  const { insertId: anna } = await part.database.change("INSERT INTO person (name) VALUES ('Anna')")
  await part.database.change('UPDATE face_groups SET person_id = ?', [anna])
  await part.add(0)
  await part.run()
  assert.deepEqual(await part.clusters(), [0, 1])
})

test('what people did to clusters in the meantime counts', async () => {
  await using part = await faces()
  const clustering = new Clustering({ log })
  const first = await part.add(0)
  await part.run(clustering)
  const { insertId: other } = await part.database.change('INSERT INTO face_groups (person_id) VALUES (NULL)')
  await part.database.change('UPDATE faces SET group_id = ?, decided = 1 WHERE id = ?', [other, first])
  await part.database.change("INSERT INTO face_changes (actor, action, `before`) VALUES ('x', 'split', '{}')")
  await part.add(0)
  await part.run(clustering)
  const rows = await part.database.rows<{ group_id: string }>('SELECT group_id FROM faces')
  assert.deepEqual(rows, [{ group_id: other }, { group_id: other }])
})

test('a cluster that gets a name while faces are about to join it is not joined; they find another one', async () => {
  await using part = await faces()
  await part.add(0)
  await part.run()
  await part.add(0.1)
  const { insertId: anna } = await part.database.change("INSERT INTO person (name) VALUES ('Anna')")
  await part.database.session(async (session) => {
    const name: Session = {
      rows: (sql, values) => session.rows(sql, values),
      // Between the plan, which knows the cluster as nobody's, and the join.
      change: async (sql, values) => {
        if (sql === 'BEGIN') await part.database.change('UPDATE face_groups SET person_id = ?', [anna])
        return await session.change(sql, values)
      },
    }
    await new Clustering({ log }).run(name, NOW)
  })
  assert.deepEqual(await part.clusters(), [0, null])
  await part.run()
  assert.deepEqual(await part.clusters(), [0, 1])
})

test('a face that a person named is no example of those whom nobody named', async () => {
  await using part = await faces()
  const first = await part.add(0)
  await part.run()
  const { insertId: anna } = await part.database.change("INSERT INTO person (name) VALUES ('Anna')")
  await part.database.change('UPDATE faces SET decided = 1, person_id = ? WHERE id = ?', [anna, first])
  await part.add(0.1)
  await part.run()
  assert.deepEqual(await part.clusters(), [0, 1])
})
