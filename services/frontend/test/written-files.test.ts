import assert from 'node:assert/strict'
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { Database, databaseOptions } from '@livepods/sql'
import { System } from '@livepods/system'
import { eventually } from '@livepods/testing'
import sharp from 'sharp'
import { photos, withoutPhotos } from './support/photos.ts'

/** What the processes of the suite make of files that are not finished when their paths are sent in. */
describe('files that are being written', { skip: withoutPhotos }, () => {
  const stack = new AsyncDisposableStack()
  after(() => stack.disposeAsync())
  const directory = mkdtempSync(join(tmpdir(), 'livepods-written-'))
  const folder = join(directory, 'unknown_people')
  let receiver: string
  let database: Database
  let photo: Buffer
  let png: Buffer
  let webp: Buffer

  before(async () => {
    photo = readFileSync(join(photos, 'azure', 'Family1-Dad2.jpg'))
    png = await sharp(photo).png().toBuffer()
    webp = await sharp(photo).webp().toBuffer()
    const known = join(directory, 'known_people', 'Dad')
    mkdirSync(known, { recursive: true })
    writeFileSync(join(known, '1.jpg'), readFileSync(join(photos, 'azure', 'Family1-Dad1.jpg')))
    stack.defer(() => rmSync(directory, { recursive: true, force: true }))
    const system = stack.use(await System.start({ groups: ['faces'], directory, usualPorts: false }))
    receiver = `http://127.0.0.1:${system.port('receiver')}/v1/images`
    database = stack.use(new Database(databaseOptions({ MYSQL_DBNAME: 'kube', ...system.database } as never)))
  })

  const write = (name: string, bytes: Buffer | string) => writeFileSync(join(folder, name), bytes)
  const send = async (path: string) => {
    const headers = { 'content-type': 'application/json' }
    const answer = await fetch(receiver, { method: 'POST', headers, body: JSON.stringify({ path }) })
    return (await answer.json()) as { id: string; dueAgain?: boolean }
  }
  const get = async (id: string) =>
    (await (await fetch(`${receiver}/${id}`)).json()) as {
      outcome: string | null
      status: string
      attempts: number
      lastError: string | null
    }
  const soon = <T>(look: () => Promise<T>) => eventually(look, { withinMs: 120_000, everyMs: 100 })
  const is = (id: string, outcome: string) => soon(async () => assert.equal((await get(id)).outcome, outcome))
  /** It was looked at, and waits. */
  const waits = (id: string) =>
    soon(async () => {
      const { outcome, status, attempts, lastError } = await get(id)
      assert.deepEqual([outcome, status, attempts], [null, 'PENDING', 0])
      assert.match(lastError ?? '', /may still be being written/)
    })
  /** Five minutes are over, and it is looked at once more. */
  const giveUp = (id: string) =>
    database.change(
      'UPDATE images SET created_at = created_at - INTERVAL 300 SECOND, due_at = UTC_TIMESTAMP(3), wake_at = due_at WHERE id = ?',
      [id],
    )

  const formats = { 'half.jpg': () => photo, 'half.png': () => png, 'half.webp': () => webp }
  for (const [name, bytes] of Object.entries(formats))
    test(`${name}, half of it there when it is sent in, is looked at once it is whole`, async () => {
      write(name, bytes().subarray(0, bytes().length / 2))
      const { id } = await send(name)
      await waits(id)
      appendFileSync(join(folder, name), bytes().subarray(bytes().length / 2))
      await is(id, 'IDENTIFIED')
      assert.equal((await get(id)).attempts, 1)
    })

  test('an empty file, and one that grows in pieces, are waited for; so is one that is replaced by rename', async () => {
    for (const name of ['empty.jpg', 'pieces.jpg', 'renamed.jpg']) write(name, '')
    const ids = await Promise.all(['empty.jpg', 'pieces.jpg', 'renamed.jpg'].map(async (name) => (await send(name)).id))
    const [empty = '', pieces = '', renamed = ''] = ids
    for (const id of ids) await waits(id)
    for (let piece = 0; piece < 4; piece++) {
      appendFileSync(
        join(folder, 'pieces.jpg'),
        photo.subarray((piece * photo.length) / 4, ((piece + 1) * photo.length) / 4),
      )
      if (piece < 3) await waits(pieces)
    }
    write('empty.jpg', photo)
    write('.tmp', photo)
    renameSync(join(folder, '.tmp'), join(folder, 'renamed.jpg'))
    for (const id of [empty, pieces, renamed]) await is(id, 'IDENTIFIED')
  })

  test('what is never finished is unreadable after five minutes, and recognised when it was completed and is sent in again', async () => {
    write('mended.jpg', 'not yet')
    const { id } = await send('mended.jpg')
    await waits(id)
    await giveUp(id)
    await is(id, 'UNREADABLE')
    assert.equal((await send('mended.jpg')).dueAgain, undefined)
    assert.equal((await get(id)).outcome, 'UNREADABLE')
    write('mended.jpg', photo)
    assert.deepEqual(await send('mended.jpg'), { id, status: 'PENDING', href: `/v1/images/${id}`, dueAgain: true })
    await is(id, 'IDENTIFIED')
  })

  test('a file that comes after its path was sent in is looked at when the path is sent in again', async () => {
    const { id } = await send('late.jpg')
    await is(id, 'MISSING')
    write('late.jpg', photo)
    assert.equal((await send('late.jpg')).dueAgain, true)
    await is(id, 'IDENTIFIED')
  })
})
