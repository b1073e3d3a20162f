import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { eventually } from '@livepods/testing'
import {
  FolderStore,
  ImageMissingError,
  ImageRoots,
  StoreAwayError,
  StoreUnavailableError,
  StoreWatch,
} from '../src/index.ts'

const MAX = { maxBytes: 100 }
const away = (code: StoreAwayError['code']) => (error: unknown) =>
  error instanceof StoreAwayError && error.code === code

/** A store that opens and answers pings as it is told. */
function storeWith({ open, ping }: { open: () => Promise<Buffer>; ping: (path?: string) => Promise<void> }) {
  const read = async () => ({ bytes: await open(), stamp: 'a', ageMs: 0 })
  return { read, ping, isApart: () => false }
}

const refuse = async () => Promise.reject(new StoreUnavailableError('The S3 service failed with 503.'))

test('a picture that cannot be had is one fault while the store answers, and the store is away when it does not', async () => {
  let isThere = true
  const told: (string | undefined)[] = []
  using watch = new StoreWatch({
    store: storeWith({ open: refuse, ping: async () => (isThere ? undefined : refuse().then()) }),
    everyMs: 5,
  })
  watch.on('change', (fault) => told.push(fault?.message))
  await assert.rejects(
    watch.read('a.jpg', MAX),
    (error) => !(error instanceof StoreAwayError) && error instanceof StoreUnavailableError,
  )
  assert.deepEqual([told, watch.away], [[], undefined])
  isThere = false
  await Promise.all(Array.from({ length: 9 }, () => assert.rejects(watch.read('a.jpg', MAX), away('store-away'))))
  assert.deepEqual(told, ['The store of pictures is away. The S3 service failed with 503.'])
  assert.partialDeepStrictEqual(watch.report(), { state: 'away', reason: told[0] })
  isThere = true
  await eventually(() => assert.equal(watch.away, undefined))
  assert.deepEqual(told.slice(1), [undefined])
  assert.partialDeepStrictEqual(watch.report(), { state: 'here' })
})

test('once it is started it notices a store that goes away while nobody wants a picture', async () => {
  let isThere = true
  using watch = new StoreWatch({
    store: storeWith({ open: refuse, ping: async () => (isThere ? undefined : refuse().then()) }),
    everyMs: 1,
    idleMs: 1,
  })
  await watch.poll()
  isThere = false
  watch.start()
  await eventually(() => assert.ok(watch.away))
  isThere = true
  await eventually(() => assert.equal(watch.away, undefined))
})

test('while the store is away no picture is asked for', async () => {
  let opened = 0
  using watch = new StoreWatch({
    store: storeWith({
      open: async () => {
        opened++
        return await refuse()
      },
      ping: refuse,
    }),
  })
  for (let i = 0; i < 3; i++) await assert.rejects(watch.read('a.jpg', MAX), away('store-away'))
  assert.equal(opened, 1)
})

test('a store that hangs is asked whether it is there, and is not waited for; one that is slow is', async () => {
  const hangs = () => new Promise<never>(() => {})
  let pings = 0
  using hung = new StoreWatch({
    store: storeWith({
      open: hangs,
      ping: () => {
        pings++
        return hangs()
      },
    }),
    patienceMs: 5,
    pingWithinMs: 20,
    everyMs: 1,
  })
  await assert.rejects(hung.read('a.jpg', MAX), away('store-away'))
  await assert.rejects(
    hung.poll().then(() => hung.read('a.jpg', MAX)),
    away('store-away'),
  )
  // It has a thread, perhaps, and is not joined by others.
  assert.equal(pings, 1)
  const slow = Promise.withResolvers<Buffer>()
  let asked = 0
  using late = new StoreWatch({
    store: storeWith({
      open: () => slow.promise,
      ping: async () => {
        if (++asked === 3) slow.resolve(Buffer.from('late'))
      },
    }),
    patienceMs: 1,
  })
  assert.equal((await late.read('a.jpg', MAX)).bytes.toString(), 'late')
})

test('a picture that is missing, and what the caller gives up, is told as it is', async () => {
  using watch = new StoreWatch({
    store: {
      read: async (_path, { signal }) => {
        signal?.throwIfAborted()
        throw new ImageMissingError('There is no such picture.')
      },
      ping: refuse,
      isApart: () => false,
    },
  })
  await assert.rejects(watch.read('a.jpg', MAX), ImageMissingError)
  await assert.rejects(watch.read('a.jpg', { ...MAX, signal: AbortSignal.abort(new Error('given up')) }), /given up/)
  assert.equal(watch.away, undefined)
})

/** A folder of pictures with one in it, and a further one. */
async function folders() {
  const base = await mkdtemp(join(tmpdir(), 'livepods-roots-'))
  const [unknown, known, further] = [join(base, 'unknown'), join(base, 'known'), join(base, 'further')]
  for (const folder of [unknown, known, further]) {
    await mkdir(folder)
    await writeFile(join(folder, 'a.jpg'), 'a')
  }
  const store = new FolderStore(new ImageRoots({ unknownPeople: unknown, knownPeople: known, roots: [further] }))
  return { store, unknown, further, base, [Symbol.asyncDispose]: () => rm(base, { recursive: true }) }
}

test('a folder that is absent, no folder, or empty in place of one that was not, is away; a file missing in one that is there is missing', async () => {
  await using part = await folders()
  const { store, unknown } = part
  const elsewhere = `${unknown}-elsewhere`
  await store.open('a.jpg', MAX)
  const is = async (fault: RegExp) => {
    const asks = [
      () => store.open('a.jpg', MAX),
      () => store.open('b.jpg', MAX),
      () => store.ping(),
      () => store.stagingFolder(),
    ]
    for (const ask of asks)
      await assert.rejects(ask, (error) => error instanceof StoreUnavailableError && fault.test(error.message))
    await assert.rejects(store.remove(`uploads/${'0'.repeat(64)}.jpg`), StoreUnavailableError)
  }
  await rename(unknown, elsewhere)
  await is(/cannot be used \(ENOENT\)/)
  await writeFile(unknown, 'a file')
  await is(/cannot be used \(ENOTDIR\)/)
  await rm(unknown)
  await mkdir(unknown)
  await is(/it is empty and was not/)
  // A receiver that was started meanwhile made them.
  await mkdir(join(unknown, 'uploads', '.incoming'), { recursive: true })
  await is(/it is empty and was not/)
  await writeFile(join(unknown, 'new.jpg'), 'n')
  await assert.rejects(store.open('b.jpg', MAX), ImageMissingError)
  assert.equal((await store.open('new.jpg', MAX)).toString(), 'n')
  await rm(unknown, { recursive: true })
  await rename(elsewhere, unknown)
  assert.equal((await store.open('a.jpg', MAX)).toString(), 'a')
  // Emptied by somebody, the same folder is there.
  await rm(join(unknown, 'a.jpg'))
  await assert.rejects(store.open('a.jpg', MAX), ImageMissingError)
})

test('a folder that was empty from the start is there', async () => {
  await using part = await folders()
  await rm(join(part.unknown, 'a.jpg'))
  await assert.rejects(part.store.open('a.jpg', MAX), ImageMissingError)
  await part.store.ping()
})

test('a further folder that is away is that of its pictures only', async () => {
  await using part = await folders()
  using watch = new StoreWatch({ store: part.store })
  const path = join(part.further, 'a.jpg')
  await rename(part.further, `${part.further}-elsewhere`)
  await assert.rejects(watch.read(path, MAX), away('folder-away'))
  assert.equal(watch.away, undefined)
  assert.equal((await watch.read('a.jpg', MAX)).bytes.toString(), 'a')
  await rename(`${part.further}-elsewhere`, part.further)
  assert.equal((await watch.read(path, MAX)).bytes.toString(), 'a')
  // And the other way round.
  await rename(part.unknown, `${part.unknown}-elsewhere`)
  await assert.rejects(watch.read('a.jpg', MAX), away('store-away'))
  assert.equal((await watch.read(path, MAX)).bytes.toString(), 'a')
})
