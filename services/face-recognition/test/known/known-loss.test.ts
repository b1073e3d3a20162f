import assert from 'node:assert/strict'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { ImageUnreadableError, StoreUnavailableError } from '@livepods/images'
import { createLog } from '@livepods/service'
import { eventually } from '@livepods/testing'
import { GalleryCache } from '../../src/known/gallery-cache.ts'
import type { UnreadablePart } from '../../src/known/known-files.ts'
import { KnownFolder } from '../../src/known/known-folder.ts'
import { KnownPeople, LossChangedError } from '../../src/known/known-people.ts'
import { KnownStoreAwayError } from '../../src/known/known-store-away.ts'
import { imagesIn, namesIn } from '../support/galleries.ts'

const never = new AbortController().signal

/** A folder of known people, each "picture" a number; `start` is a process that knows them, with a clock that stands still. */
function open({ cached = false } = {}) {
  const base = mkdtempSync(join(tmpdir(), 'known-loss-'))
  const [folder, away] = [join(base, 'known'), join(base, 'away')]
  mkdirSync(folder)
  const lines: string[] = []
  const log = createLog('test', 'silent')
  for (const level of ['info', 'warn', 'error'] as const)
    log[level] = (_fields: object, text?: string) => lines.push(`${level}: ${text}`)
  /** Faults of the disk: of listing a folder, of opening a file. */
  const faults = { unreadable: [] as UnreadablePart[], open: new Map<string, Error>() }
  const clock = { now: 1_000_000 }
  const ends: (() => Promise<void>)[] = []
  const start = async ({ signal = never } = {}) => {
    const real = new KnownFolder(folder)
    const store = {
      visit: (visit: Parameters<KnownFolder['visit']>[0], unreadable: Parameters<KnownFolder['visit']>[1]) => {
        for (const part of faults.unreadable) unreadable(part)
        const isHidden = (name: string) =>
          faults.unreadable.some((part) => name === part.name || name.startsWith(`${part.name}/`))
        return real.visit((file) => !isHidden(file.name) && visit(file), unreadable)
      },
      ping: () => real.ping(),
      stat: (name: string) => real.stat(name),
      open: async (name: string, options: { maxBytes: number }) => {
        const fault = faults.open.get(name)
        if (fault) throw fault
        return await real.open(name, options)
      },
    }
    const cache = cached ? new GalleryCache({ folder: join(base, 'cache'), engine: 'fake', log }) : undefined
    if (cache) ends.push(() => cache[Symbol.asyncDispose]())
    const known = new KnownPeople({
      store,
      recogniser,
      maxBytes: 100,
      concurrency: 2,
      cache,
      log,
      now: () => clock.now,
    })
    await known.load(signal)
    return { known, cache, real }
  }
  const put = (...names: string[]) => {
    for (const name of names) {
      mkdirSync(join(folder, dirname(name)), { recursive: true })
      writeFileSync(join(folder, name), name.replaceAll(/\D/g, '') || '7')
    }
  }
  return {
    ...{ folder, away, faults, clock, start, put },
    remove: (...names: string[]) => {
      for (const name of names) rmSync(join(folder, name), { recursive: true })
    },
    /** What was logged since the last call. */
    said: () => lines.splice(0).filter((line) => line !== 'info: known people loaded'),
    [Symbol.asyncDispose]: async () => {
      for (const end of ends) await end()
      rmSync(base, { recursive: true })
    },
  }
}

const recogniser = {
  engine: 'fake',
  describe: async (bytes: Uint8Array) => {
    const text = Buffer.from(bytes).toString()
    if (!/^\d+$/.test(text)) throw new ImageUnreadableError('The picture is broken or cut off.')
    const descriptor = Float32Array.from({ length: 128 }, (_, i) => Math.sin(Number(text) * 128 + i) / 8)
    return {
      width: 1,
      height: 1,
      faces: [{ box: { x: 0, y: 0, width: 1, height: 1 }, score: 1, quality: 1, descriptor }],
    }
  },
}

const numbered = (count: number, from = 0) => Array.from({ length: count }, (_, i) => `p${from + i}/${from + i}.jpg`)
const scan = async (known: KnownPeople, times = 3) => {
  for (let time = 0; time < times; time++) await known.scan(never)
}
const stateOf = (known: KnownPeople) => `${known.state.report().state}`.replace('KNOWN_STORE_STATE_', '')
const lossOf = (known: KnownPeople) => known.state.report().loss
const countsOf = ({ state }: KnownPeople) => [state.report().vanished, state.report().known]

test('while the folder is away everybody stays known, and the log says so once', async () => {
  await using opened = open()
  opened.put('anna/1.jpg', 'bob/2.jpg')
  const { known } = await opened.start()
  const { hash } = known.gallery
  renameSync(opened.folder, opened.away)
  for (let time = 0; time < 4; time++) await assert.rejects(known.scan(never), KnownStoreAwayError)
  assert.equal(known.gallery.hash, hash)
  assert.equal(stateOf(known), 'AWAY')
  assert.match(known.state.report().detail, /is not there.*What was known before still counts \(2 known images\)/)
  opened.clock.now += 60_000
  renameSync(opened.away, opened.folder)
  await scan(known)
  assert.deepEqual([known.gallery.hash, stateOf(known)], [hash, 'PRESENT'])
  assert.deepEqual(opened.said(), [
    'warn: known people unavailable; the last gallery stays in use',
    'info: known people available again',
  ])
})

test('a mount point without its volume is a loss that is held, until the volume is back', async () => {
  await using opened = open()
  opened.put('anna/1.jpg', 'anna/2.jpg', 'bob/3.jpg')
  const { known } = await opened.start()
  const { hash } = known.gallery
  renameSync(opened.folder, opened.away)
  mkdirSync(opened.folder)
  await scan(known, 6)
  assert.deepEqual([known.gallery.hash, stateOf(known), countsOf(known)], [hash, 'HELD', [3, 3]])
  assert.match(known.state.report().detail, /^3 of 3 known images vanished/)
  assert.equal(known.unsettled, false)
  rmSync(opened.folder, { recursive: true })
  renameSync(opened.away, opened.folder)
  await scan(known, 1)
  assert.deepEqual([known.gallery.hash, stateOf(known)], [hash, 'PRESENT'])
  assert.deepEqual(opened.said(), [
    'warn: known images vanished; they stay in use until they are back or the loss is confirmed',
    'info: vanished known images are back',
  ])
})

test('a loss is gone once that loss is confirmed, and no other one with it', async () => {
  await using opened = open()
  opened.put('anna/1.jpg', 'bob/2.jpg')
  const { known } = await opened.start()
  assert.equal(await known.confirmGone('x'), false)
  opened.remove('anna', 'bob')
  await scan(known)
  const loss = lossOf(known)
  await assert.rejects(known.confirmGone('x'), LossChangedError)
  opened.put('bob/2.jpg')
  await assert.rejects(known.confirmGone(loss), LossChangedError, 'one is back, and no scan has seen it')
  await scan(known)
  assert.deepEqual([stateOf(known), countsOf(known)], ['HELD', [1, 2]], 'some are back: the rest stays held')
  await assert.rejects(known.confirmGone(loss), LossChangedError)
  assert.deepEqual(namesIn(known.gallery), ['anna/1.jpg', 'bob/2.jpg'])
  assert.equal(await known.confirmGone(lossOf(known)), true)
  assert.deepEqual([namesIn(known.gallery), stateOf(known)], [['bob/2.jpg'], 'PRESENT'])
  await scan(known)
  assert.deepEqual(namesIn(known.gallery), ['bob/2.jpg'])
  opened.remove('bob')
  await scan(known)
  assert.equal(stateOf(known), 'HELD', 'the next loss is another one')
})

test('while the folder is away nothing is confirmed', async () => {
  await using opened = open()
  opened.put('anna/1.jpg')
  const { known } = await opened.start()
  opened.remove('anna')
  await scan(known)
  renameSync(opened.folder, opened.away)
  await assert.rejects(known.confirmGone(lossOf(known)), KnownStoreAwayError)
  assert.deepEqual(namesIn(known.gallery), ['anna/1.jpg'])
})

test('of 40 images 20 are removed as ever, and 21 are held', async () => {
  await using opened = open()
  opened.put(...numbered(40))
  const { known } = await opened.start()
  opened.remove(...numbered(20))
  await scan(known)
  assert.deepEqual([known.gallery.images, stateOf(known)], [20, 'PRESENT'])
  opened.clock.now += 3_600_000
  opened.put(...numbered(20))
  await scan(known)
  opened.remove(...numbered(21))
  await scan(known)
  assert.deepEqual([known.gallery.images, stateOf(known), countsOf(known)], [40, 'HELD', [21, 40]])
})

test('of 19 images 18 are removed as ever, and the last is held', async () => {
  await using opened = open()
  opened.put(...numbered(19))
  const { known } = await opened.start()
  opened.remove(...numbered(18))
  await scan(known)
  assert.deepEqual([known.gallery.images, stateOf(known)], [1, 'PRESENT'])
  opened.remove(...numbered(1, 18))
  await scan(known)
  assert.deepEqual([known.gallery.images, stateOf(known)], [1, 'HELD'])
})

test('a folder that is emptied bit by bit is held once more than half is gone', async () => {
  await using opened = open()
  opened.put(...numbered(40))
  const { known } = await opened.start()
  for (let from = 0; from < 40; from += 5) {
    opened.remove(...numbered(5, from))
    await scan(known, 2)
    opened.clock.now += 30_000
  }
  assert.deepEqual([known.gallery.images, stateOf(known), countsOf(known)], [20, 'HELD', [20, 20]])
})

test('losses that lie ten minutes apart are losses of their own', async () => {
  await using opened = open()
  opened.put(...numbered(40))
  const { known } = await opened.start()
  for (const from of [0, 15]) {
    opened.remove(...numbered(from === 0 ? 15 : 10, from))
    await scan(known)
    opened.clock.now += 600_000
  }
  assert.deepEqual([known.gallery.images, stateOf(known)], [15, 'PRESENT'])
})

test('while files come back one by one nothing is let go', async () => {
  await using opened = open()
  opened.put(...numbered(30))
  const { known } = await opened.start()
  opened.remove(...numbered(30))
  await scan(known)
  for (let from = 0; from < 30; from += 6) {
    opened.put(...numbered(6, from))
    await scan(known)
    assert.equal(known.gallery.images, 30)
  }
  assert.equal(stateOf(known), 'PRESENT')
})

test('images that get other names are no loss', async () => {
  await using opened = open()
  opened.put(...numbered(30))
  const { known } = await opened.start()
  for (let i = 0; i < 30; i++) renameSync(join(opened.folder, `p${i}`), join(opened.folder, `q${i}`))
  await scan(known)
  assert.deepEqual([known.gallery.images, known.gallery.people, stateOf(known)], [30, 30, 'PRESENT'])
  assert.ok(namesIn(known.gallery).every((name) => name.startsWith('q')))
})

test('images that all lead nowhere, or are all broken at once, are a loss too', async () => {
  await using opened = open()
  mkdirSync(join(opened.folder, '..1'))
  writeFileSync(join(opened.folder, '..1/anna_1.jpg'), '1')
  symlinkSync('..1', join(opened.folder, '..data'))
  symlinkSync('..data/anna_1.jpg', join(opened.folder, 'anna_1.jpg'))
  opened.put('bob_2.jpg')
  const { known } = await opened.start()
  const { hash } = known.gallery
  rmSync(join(opened.folder, '..data'))
  writeFileSync(join(opened.folder, 'bob_2.jpg'), '')
  await scan(known, 8)
  assert.deepEqual([known.gallery.hash, stateOf(known), countsOf(known)], [hash, 'HELD', [2, 2]])
  symlinkSync('..1', join(opened.folder, '..data'))
  await scan(known, 20)
  assert.deepEqual([known.gallery.hash, countsOf(known)], [hash, [1, 2]])
  await known.confirmGone(lossOf(known))
  await scan(known)
  assert.deepEqual([namesIn(known.gallery), known.skipped], [['anna_1.jpg'], 1])
})

test('a folder that cannot be read keeps what was known of it, and the rest goes on', async () => {
  await using opened = open()
  opened.put('anna/1.jpg', 'anna/2.jpg', 'anna-b/3.jpg', 'bob_4.jpg')
  const { known } = await opened.start()
  opened.faults.unreadable = [{ name: 'anna', code: 'ESTALE' }]
  opened.remove('anna-b')
  opened.put('carl/5.jpg')
  await scan(known)
  assert.deepEqual(namesIn(known.gallery), ['anna/1.jpg', 'anna/2.jpg', 'bob_4.jpg', 'carl/5.jpg'])
  assert.match(known.state.report().detail, /^Some known images cannot be read: anna \(ESTALE\)\./)
  assert.deepEqual([stateOf(known), known.state.obstacle], ['PARTLY', undefined])
  opened.faults.unreadable = []
  await scan(known)
  assert.equal(stateOf(known), 'PRESENT')
  assert.deepEqual(opened.said(), [
    'warn: known people partly unreadable; what was last read of that part stays in use',
    'info: all known people readable again',
  ])
})

const FAULTS = {
  EIO: Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO' }),
  ESTALE: Object.assign(new Error('ESTALE: stale file handle, open'), { code: 'ESTALE' }),
  EACCES: new ImageUnreadableError('The picture may not be read by this service.', {
    cause: Object.assign(new Error('EACCES'), { code: 'EACCES' }),
  }),
  'a 503 of one key': new StoreUnavailableError('The S3 service failed with 503.'),
}
for (const [name, fault] of Object.entries(FAULTS)) {
  test(`a file that cannot be read keeps what was known of it, and is read when it can be (${name})`, async () => {
    await using opened = open()
    opened.put('anna/1.jpg', 'bob/2.jpg')
    const { known } = await opened.start()
    const { hash } = known.gallery
    opened.faults.open.set('anna/1.jpg', fault)
    opened.faults.open.set('carl/3.jpg', fault)
    writeFileSync(join(opened.folder, 'anna/1.jpg'), '111')
    opened.put('carl/3.jpg')
    await scan(known, 6)
    assert.deepEqual([known.gallery.hash, stateOf(known)], [hash, 'PARTLY'])
    assert.equal(known.skipped, 1)
    opened.faults.open.clear()
    await scan(known, 20)
    assert.deepEqual([namesIn(known.gallery).length, stateOf(known)], [3, 'PRESENT'])
    assert.notEqual(imagesIn(known.gallery)[0]?.descriptor[0], 0)
    assert.equal([...known.entries].find(({ name }) => name === 'anna/1.jpg')?.unread, undefined)
  })
}

test('a start with a file that cannot be read leaves it out for now', async () => {
  await using opened = open()
  opened.put('anna/1.jpg', 'bob/2.jpg')
  opened.faults.open.set('anna/1.jpg', FAULTS.EIO)
  const { known } = await opened.start()
  assert.deepEqual([namesIn(known.gallery), known.skipped], [['bob/2.jpg'], 1])
  opened.faults.open.clear()
  await scan(known, 20)
  assert.deepEqual(namesIn(known.gallery), ['anna/1.jpg', 'bob/2.jpg'])
})

test('a restart while the folder is away knows everybody of before', async () => {
  await using opened = open({ cached: true })
  opened.put('anna/1.jpg', 'bob/2.jpg')
  const first = await opened.start()
  await first.cache?.[Symbol.asyncDispose]()
  renameSync(opened.folder, opened.away)
  const { known } = await opened.start()
  assert.deepEqual([known.gallery.hash, stateOf(known)], [first.known.gallery.hash, 'AWAY'])
  assert.match(known.state.obstacle ?? '', /2 known images/)
  renameSync(opened.away, opened.folder)
  await scan(known)
  assert.deepEqual([known.gallery.hash, stateOf(known)], [first.known.gallery.hash, 'PRESENT'])
})

test('a restart holds what is held, and one after the confirmation does not', async () => {
  await using opened = open({ cached: true })
  opened.put('anna/1.jpg', 'bob/2.jpg')
  const first = await opened.start()
  await first.cache?.[Symbol.asyncDispose]()
  opened.remove('anna', 'bob')
  opened.put('carl/3.jpg')
  const second = await opened.start()
  assert.deepEqual([stateOf(second.known), countsOf(second.known)], ['HELD', [2, 2]])
  await scan(second.known)
  assert.deepEqual(namesIn(second.known.gallery), ['anna/1.jpg', 'bob/2.jpg', 'carl/3.jpg'])
  const since = second.known.state.report().sinceMs
  opened.clock.now += 60_000
  await second.cache?.[Symbol.asyncDispose]()
  const third = await opened.start()
  assert.deepEqual([stateOf(third.known), third.known.state.report().sinceMs], ['HELD', since])
  assert.equal(lossOf(third.known), lossOf(second.known), 'each replica names the same loss alike')
  await third.known.confirmGone(lossOf(third.known))
  const fourth = await opened.start()
  assert.deepEqual([namesIn(fourth.known.gallery), stateOf(fourth.known)], [['carl/3.jpg'], 'PRESENT'])
})

test('a folder that is absent at the first start is nobody, with a warning, and the first image makes it', async () => {
  await using opened = open({ cached: true })
  rmSync(opened.folder, { recursive: true })
  const { known, real } = await opened.start()
  assert.deepEqual([known.gallery.images, stateOf(known), known.state.obstacle], [0, 'AWAY', undefined])
  assert.match(known.state.report().detail, /make the folder.*nobody is known/)
  assert.deepEqual(opened.said(), ['warn: known people unavailable; the last gallery stays in use'])
  await real.put('anna/1.jpg', Buffer.from('1'))
  await known.refresh(['anna/1.jpg'])
  await scan(known)
  assert.deepEqual([namesIn(known.gallery), stateOf(known)], [['anna/1.jpg'], 'PRESENT'])
})

test('a folder that cannot be read at the first start is waited for', async () => {
  await using opened = open()
  opened.put('anna/1.jpg')
  renameSync(opened.folder, opened.away)
  writeFileSync(opened.folder, 'no folder')
  const starting = opened.start()
  await eventually(() => assert.equal(opened.said().length, 1))
  rmSync(opened.folder)
  renameSync(opened.away, opened.folder)
  assert.deepEqual(namesIn((await starting).known.gallery), ['anna/1.jpg'])
})

test('nothing is written where a volume is not mounted', async () => {
  await using opened = open()
  opened.put('anna/1.jpg')
  const { real } = await opened.start()
  renameSync(opened.folder, opened.away)
  const changes = () => [
    real.put('anna/2.jpg', Buffer.from('2')),
    real.remove('anna/1.jpg'),
    real.move('anna/1.jpg', 'bob/1.jpg'),
    real.stat('anna/1.jpg'),
    real.open('anna/1.jpg', { maxBytes: 100 }),
  ]
  await Promise.all(changes().map((change) => assert.rejects(change, KnownStoreAwayError)))
  assert.equal(existsSync(opened.folder), false)
  mkdirSync(opened.folder)
  const message = 'another folder than that of the last scan'
  await Promise.all(changes().map((change) => assert.rejects(change, KnownStoreAwayError, message)))
  assert.deepEqual(readdirSync(opened.folder), [])
})
