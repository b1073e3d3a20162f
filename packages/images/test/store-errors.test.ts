import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { S3_TEST_SERVER, S3Server, TcpProxy } from '@livepods/testing'
import { FolderStore, ImageRoots, openStore, StoreFullError, StoreUnavailableError } from '../src/index.ts'
import { S3Bucket } from '../src/s3-bucket.ts'
import { S3Store } from '../src/s3-store.ts'

const folder = await mkdtemp(join(tmpdir(), 'livepods-store-faults-'))
const stack = new AsyncDisposableStack()
after(() => stack.disposeAsync())
stack.defer(() => rm(folder, { recursive: true }))
const roots = new ImageRoots({ unknownPeople: folder, knownPeople: join(folder, 'known') })
const folders = { UNKNOWN_PEOPLE: folder, KNOWN_PEOPLE: folder }
const path = `uploads/${'0'.repeat(64)}.jpg`
const picture = join(folder, 'picture')
await writeFile(picture, 'picture')

const away = (sentence: RegExp) => (error: Error) => {
  assert.ok(error instanceof StoreUnavailableError, `${error.name}: ${error.message}`)
  assert.match(error.message, sentence)
  return true
}

test('a folder that is not there is not made up, and the store says that it is away', async () => {
  const none = new FolderStore(new ImageRoots({ unknownPeople: join(folder, 'none'), knownPeople: folder }))
  for (const ask of [() => none.stagingFolder(), () => none.ping(), () => none.putIfAbsent(path, picture)])
    await assert.rejects(ask, away(/folder of pictures cannot be used \(ENOENT\)/))
})

const disk = join(folder, 'small')
await mkdir(disk)
if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'livepods-test', disk]).status === 0) {
  stack.defer(() => void spawnSync('umount', [disk]))
  test('a full disk is told apart', async () => {
    const { translateDiskErrors } = await import('../src/index.ts')
    await assert.rejects(
      translateDiskErrors(() => writeFile(join(disk, 'x'), Buffer.alloc(128 * 1024))),
      (error: Error) => error instanceof StoreFullError && /disk of the pictures is full/.test(error.message),
    )
  })
}

const s3At = (port: number, withinMs = 10_000) => {
  const keys = { accessKeyId: 'a', secretAccessKey: 'b' }
  const endpoint = `http://127.0.0.1:${port}`
  const place = { bucket: 'photos', prefix: '', endpoint, region: 'us-east-1', keys, withinMs }
  return new S3Store({ bucket: new S3Bucket(place), roots, folders: new FolderStore(roots) })
}

test('S3 that is away is unavailable', async () => {
  await using proxy = await TcpProxy.open({ host: '127.0.0.1', port: 1 })
  await proxy.close()
  await using store = s3At(proxy.port)
  for (const ask of [
    () => store.ping(),
    () => store.open(path, { maxBytes: 9 }),
    () => store.putIfAbsent(path, picture),
  ])
    await assert.rejects(ask, away(/does not answer .*ECONNREFUSED.* Try again later\./))
})

test('S3 that is slow is unavailable once its time is over, before an answer and in the middle of one', async () => {
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-length': '7' })
    response.write('pic')
  })
  stack.defer(() => server.close().closeAllConnections())
  await once(server.listen(0, '127.0.0.1'), 'listening')
  await using half = s3At((server.address() as AddressInfo).port, 300)
  await assert.rejects(half.open(path, { maxBytes: 9 }), away(/too slow/))
  await using proxy = await TcpProxy.open({ host: '127.0.0.1', port: (server.address() as AddressInfo).port })
  proxy.swallows = true
  await using silent = s3At(proxy.port, 300)
  await assert.rejects(silent.putIfAbsent(path, picture), away(/too slow/))
})

test('S3 that has no room says so', async () => {
  const server = createServer((_request, response) => void response.writeHead(507).end())
  stack.defer(() => server.close().closeAllConnections())
  await once(server.listen(0, '127.0.0.1'), 'listening')
  await using store = s3At((server.address() as AddressInfo).port)
  await assert.rejects(store.putIfAbsent(path, picture), StoreFullError)
})

if (S3_TEST_SERVER) {
  const server = stack.use(await S3Server.start(S3_TEST_SERVER))

  test('a wrong key, a wrong secret and a bucket that does not exist are named', async () => {
    const right = { ...folders, ...server.environment('x') }
    await using secret = await openStore({ ...right, S3_SECRET_ACCESS_KEY: 'wrong' })
    await using key = await openStore({ ...right, S3_ACCESS_KEY_ID: 'wrong' })
    await using bucket = await openStore({ ...right, IMAGE_STORE: 's3://none/x' })
    for (const store of [secret, key]) {
      await assert.rejects(store.open(path, { maxBytes: 9 }), away(/refuses our keys .*S3_SECRET_ACCESS_KEY/))
      await assert.rejects(store.putIfAbsent(path, picture), away(/refuses our keys/))
    }
    for (const ask of [() => bucket.ping(), () => bucket.putIfAbsent(path, picture)])
      await assert.rejects(ask, away(/no bucket "none"/))
  })

  test('bytes that are not those of the name are refused by the other end', async () => {
    await using store = await openStore({ ...folders, ...server.environment('sum') })
    await assert.rejects(store.putIfAbsent(path, picture), away(/400/))
    for await (const { path } of store.list()) assert.fail(path)
  })
}
