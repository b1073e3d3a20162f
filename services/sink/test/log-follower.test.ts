import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually } from '@livepods/testing'
import { KIND, type Kind } from '../src/kind.ts'
import { LogFile } from '../src/log-file.ts'
import { LogFollower } from '../src/log-follower.ts'
import type { LoggedMessage } from '../src/message-store.ts'
import { log } from './support/entries.ts'
import { bodyOf, logFolder } from './support/log-folder.ts'

const identity = { uuid: '00000000-0000-0000-0000-000000000000', name: 'sink' }
const row = (position: number, kind: Kind = KIND.message): LoggedMessage => ({
  position,
  kind,
  body: kind === KIND.tombstone ? null : Buffer.from(`m${position}`),
  address: '10.0.0.1',
  takenAt: new Date(),
})

/** Rows in memory. */
class FakeStore {
  readonly rows: LoggedMessage[] = []
  logged = 0
  get position(): number {
    return this.rows.at(-1)?.position ?? 0
  }
  async after(position: number, limit: number): Promise<LoggedMessage[]> {
    return this.rows.filter((row) => row.position > position).slice(0, limit)
  }
  async report(logged: number): Promise<void> {
    this.logged = logged
  }
}

test('passes over tombstones and left out positions, and says how far it is', async () => {
  await using folder = await logFolder()
  await using file = await LogFile.open({ folder: folder.path, identity, maxBytes: 1e6, files: 2, log })
  const store = new FakeStore()
  store.rows.push(row(1), row(2, KIND.tombstone), row(5), row(6, KIND.late))
  await using follower = new LogFollower({ store, file, log })
  await eventually(() => assert.equal(store.logged, 6))
  assert.deepEqual((await folder.lines()).map(bodyOf), ['m1', 'm5', 'm6'])
  store.rows.push(row(7, KIND.tombstone))
  follower.wake()
  await eventually(() => assert.equal(file.position, 7))
})

test('a disk without room delays the log, and loses nothing', async () => {
  await using folder = await logFolder()
  await using file = await LogFile.open({ folder: folder.path, identity, maxBytes: 1e6, files: 2, log })
  const store = new FakeStore()
  const append = file.append.bind(file)
  let refused = 0
  file.append = async (text, position) => {
    if (refused++ < 3) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })
    await append(text, position)
  }
  store.rows.push(row(1), row(2))
  await using _ = new LogFollower({ store, file, log, everyMs: 5 })
  await eventually(() => assert.equal(file.position, 2))
  assert.equal(refused, 4)
  assert.deepEqual((await folder.lines()).map(bodyOf), ['m1', 'm2'])
})
