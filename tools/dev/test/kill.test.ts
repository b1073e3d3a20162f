import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { Database, databaseOptions } from '@livepods/sql'
import { System } from '@livepods/system'
import { eventually } from '@livepods/testing'
import sharp from 'sharp'

const PHOTOS = 200

/** A picture with one face, small, so that two hundred of them are done in a minute. */
async function face(): Promise<Buffer> {
  const demo = join(dirname(createRequire(import.meta.url).resolve('@vladmandic/face-api/package.json')), 'demo')
  return await sharp(join(demo, 'sample4.jpg'))
    .extract({ left: 1190, top: 40, width: 346, height: 536 })
    .resize(200)
    .jpeg()
    .toBuffer()
}

/** Posts until the receiver has said yes: what a client does that wants to lose nothing. */
async function submit(receiver: string, path: string): Promise<void> {
  await eventually(
    async () => {
      const response = await fetch(`${receiver}/v1/images`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'idempotency-key': path },
        body: JSON.stringify({ path }),
        signal: AbortSignal.timeout(10_000),
      })
      if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`)
    },
    { withinMs: 60_000, everyMs: 100 },
  )
}

test('kill -9 of every process in turn while 200 photos are submitted: all reach a final state, none twice', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'livepods-kill-'))
  t.after(() => rm(directory, { recursive: true, force: true }))
  const picture = await face()
  const paths = Array.from({ length: PHOTOS }, (_, index) => `photo-${index}.jpg`)
  await using system = await System.start({
    directory,
    usualPorts: false,
    prepare: async ({ unknownPeople }) => {
      await Promise.all(paths.map((path) => writeFile(join(unknownPeople, path), picture)))
    },
  })
  await using database = new Database(
    databaseOptions({ MYSQL_DBNAME: 'kube', MYSQL_CONNECTIONS: 2, ...system.database } as never),
  )
  await database.change(
    'CREATE TABLE audit_effects (id BIGINT UNSIGNED, generation INT, rounds INT, KEY (id)) ENGINE=InnoDB',
  )
  // An effect is a row that became final; the condition does not look at the token, so that no fault of the token can hide from it.
  await database.change(`CREATE TRIGGER audit AFTER UPDATE ON images FOR EACH ROW INSERT INTO audit_effects
    SELECT NEW.id, NEW.generation, NEW.rounds FROM (SELECT 1) d
    WHERE NEW.outcome IS NOT NULL AND NEW.due_at IS NULL AND NOT (NEW.finished_at <=> OLD.finished_at)`)

  const receiver = `http://127.0.0.1:${system.ports.receiver}`
  const victims = system.processes.map(({ name }) => name)
  const waveSize = Math.ceil(PHOTOS / victims.length)
  for (const [index, victim] of victims.entries()) {
    const wave = paths.slice(index * waveSize, (index + 1) * waveSize).map((path) => submit(receiver, path))
    await Promise.race(wave)
    const { restarts } = system.process(victim)
    system.process(victim).kill('SIGKILL')
    await eventually(() => assert.equal(system.process(victim).restarts, restarts + 1), { withinMs: 30_000 })
    await Promise.all(wave)
  }
  await eventually(
    async () => {
      const open = await database.rows<{ path: string }>(
        'SELECT path FROM images WHERE outcome IS NULL OR due_at IS NOT NULL',
      )
      assert.equal(open.length, 0, `${open.length} photos are not final`)
    },
    { withinMs: 180_000, everyMs: 250 },
  )
  const outcomes = await database.rows<{ outcome: string; n: string }>(
    'SELECT outcome, COUNT(*) AS n FROM images GROUP BY outcome',
  )
  assert.deepEqual(outcomes, [{ outcome: 'UNIDENTIFIED', n: String(PHOTOS) }])
  const effects = await database.rows<{ n: string }>(
    'SELECT COUNT(*) AS n FROM audit_effects GROUP BY id, generation, rounds',
  )
  assert.equal(effects.length, PHOTOS)
  assert.deepEqual(
    effects.filter(({ n }) => n !== '1'),
    [],
  )
  const faces = await database.rows<{ n: string }>('SELECT COUNT(*) AS n FROM faces GROUP BY image_id')
  assert.deepEqual([...new Set(faces.map(({ n }) => n))], ['1'])
})
