import assert from 'node:assert/strict'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { call, connect, Health, status } from '@livepods/grpc'
import { faces } from '@livepods/protos'
import { eventually, FaultyProxy, S3_TEST_SERVER, S3Server, type SpawnedService, spawnService } from '@livepods/testing'
import sharp from 'sharp'
import { samples } from '../support/samples.ts'

const folder = mkdtempSync(join(tmpdir(), 'known-changes-'))
after(() => rmSync(folder, { recursive: true }))
const [known, unknown, saved] = [join(folder, 'known'), join(folder, 'unknown'), join(folder, 'saved')]
const sample = (number: number) => join(samples, `sample${number}.jpg`)
mkdirSync(unknown)
cpSync(sample(3), join(unknown, '3.jpg'))
/** The woman at x 1225–1415 of 1600 in sample 1; sample 3 shows her again. */
const woman = await sharp(sample(1)).extract({ left: 1380, top: 250, width: 420, height: 500 }).jpeg().toBuffer()

const stores: Record<string, Record<string, string>> = { folder: {} }
if (S3_TEST_SERVER) {
  const server = await S3Server.start(S3_TEST_SERVER)
  after(() => server[Symbol.asyncDispose]())
  stores.S3 = { ...server.environment('changes'), UNKNOWN_PEOPLE: '/nowhere', IMAGE_ROOTS: unknown }
} else console.log('Known people in S3 are not tested here: S3_TEST_SERVER names no versitygw.')

const within = { deadlineMs: 60_000 }
/** The option that loads a file of `support` into the service and its workers. */
const imported = (name: string) => `--import=${new URL(`../support/${name}.ts`, import.meta.url).href}`

async function start(environment: Record<string, string> = {}): Promise<SpawnedService> {
  return await spawnService(new URL('../../src/main.ts', import.meta.url), {
    PORT: '0',
    KNOWN_PEOPLE: known,
    UNKNOWN_PEOPLE: unknown,
    GALLERY_DIR: saved,
    FACE_WORKERS: '1',
    FACE_THRESHOLD: '0.5',
    ...environment,
  })
}

async function open(service: SpawnedService) {
  const address = `127.0.0.1:${(await service.said(/"grpcPort":(\d+)/))[1]}`
  const client = connect(faces.FaceRecognitionService, address)
  return {
    address,
    client,
    identify: async () => {
      const answer = await call(
        client,
        client.identify,
        { path: join(unknown, '3.jpg'), withDescriptors: true },
        within,
      )
      const people = answer.faces.flatMap(({ identified, nearest }) => (identified ? [nearest?.person] : []))
      return { ...answer, people }
    },
    [Symbol.dispose]: () => client.close(),
  }
}

for (const [store, environment] of Object.entries(stores)) {
  test(`a person is added, survives kill -9, is moved and removed, and each next answer is given with it (${store})`, async () => {
    await using first = await start(environment)
    await first.ready()
    let gallery: string
    {
      using opened = await open(first)
      const { client } = opened
      assert.deepEqual((await opened.identify()).people, [])
      const added = await call(client, client.addKnownImage, { content: woman, person: 'Zoë', name: 'her.jpg' }, within)
      assert.deepEqual([added.image?.imageName, added.image?.faces, added.added], ['Zoë/her.jpg', 1, true])
      const answer = await opened.identify()
      assert.deepEqual([answer.people, answer.gallery], [['Zoë'], added.gallery])
      gallery = added.gallery
      const descriptors = Buffer.concat(answer.faces.map(({ descriptor }) => descriptor))
      const matched = await call(client, client.matchDescriptors, { descriptors, engine: answer.engine }, within)
      assert.deepEqual(
        matched.matches.map(({ identified, nearest }) => [identified, nearest?.imageName]),
        answer.faces.map(({ identified, nearest }) => [identified, nearest?.imageName]),
      )
      const pictures = { one: { content: woman }, other: { path: join(unknown, '3.jpg') } }
      assert.equal((await call(client, client.compare, pictures, within)).same, true)
      const { results } = await call(client, client.getStats, {}, within)
      assert.deepEqual([results?.misses, results?.entries], ['2', 2], 'each picture was described once')
    }
    await first.stop('SIGKILL')

    await using second = await start(environment)
    await second.ready()
    using opened = await open(second)
    const { client } = opened
    const { results, gallery: stats } = await call(client, client.getStats, {}, within)
    assert.deepEqual([stats?.hash, stats?.images, results?.misses], [gallery, 1, '0'], 'nothing is described again')
    const moved = await call(client, client.moveKnownImage, { imageName: 'Zoë/her.jpg', person: 'Zora' }, within)
    assert.deepEqual([moved.image?.imageName, (await opened.identify()).people], ['Zora/her.jpg', ['Zora']])
    const removed = await call(client, client.removeKnownImage, { imageName: 'Zora/her.jpg' }, within)
    assert.deepEqual([removed.removed, (await opened.identify()).people], [true, []])
    const left = await call(client, client.listKnownImages, {}, within)
    assert.deepEqual([left.images, existsSync(join(known, 'Zora'))], [[], false])
    assert.doesNotMatch(readFileSync(join(saved, 'gallery.bin'), 'latin1'), /her\.jpg/, 'nothing of her is left')
  })
}

test('a service that starts while S3 is away waits for it', {
  skip: !stores.S3 && 'S3_TEST_SERVER is not set',
}, async () => {
  const { S3_ENDPOINT = '', ...environment } = stores.S3 ?? {}
  await using proxy = await FaultyProxy.open(Number(new URL(S3_ENDPOINT).port))
  proxy.fault = (_request, response) => {
    response.writeHead(503).end()
    return true
  }
  const folder = join(saved, 'away')
  await using service = await start({
    ...environment,
    ...{ S3_ENDPOINT: `http://127.0.0.1:${proxy.port}`, GALLERY_DIR: folder },
  })
  await service.said(/known people unavailable/)
  assert.equal((await fetch(`${service.ops}/livez`)).status, 200)
  proxy.fault = undefined
  await service.ready()
  assert.equal(await service.stop(), 0)
})

test('health is NOT_SERVING while the known people are being loaded, and the stats say so', async () => {
  mkdirSync(join(known, 'anna'), { recursive: true })
  writeFileSync(join(known, 'anna/1.jpg'), woman)
  const marker = join(folder, 'hold')
  writeFileSync(marker, '')
  await using service = await start({ NODE_OPTIONS: imported('held-worker'), HOLD: marker })
  using opened = await open(service)
  using health = new Health(opened.address)
  await assert.rejects(health.check(within), /NOT_SERVING/)
  assert.equal((await call(opened.client, opened.client.getStats, {}, within)).ready, false)
  rmSync(marker)
  await service.ready()
  await health.check(within)
  const { ready, gallery } = await call(opened.client, opened.client.getStats, {}, within)
  assert.deepEqual([ready, gallery?.images], [true, 1])
})

test('health is NOT_SERVING while all workers are dead, and the service heals by itself', async () => {
  const marker = join(folder, 'no-worker-may-start')
  // Nothing is saved there: a gallery of before would be kept, since its folder of known people is away.
  const environment = { KNOWN_PEOPLE: join(folder, 'nobody'), GALLERY_DIR: join(folder, 'saved-for-nobody') }
  await using service = await start({ ...environment, NODE_OPTIONS: imported('mortal-worker'), MARKER: marker })
  await service.ready()
  using opened = await open(service)
  using health = new Health(opened.address)
  await health.check(within)
  writeFileSync(marker, '')
  const { client } = opened
  const content = Buffer.from('\xff\xd8\xffDIE', 'latin1')
  await assert.rejects(call(client, client.identify, { content }, within), { code: status.UNAVAILABLE })
  await assert.rejects(health.check(within), /NOT_SERVING/)
  const { ready, workers } = await call(client, client.getStats, {}, within)
  assert.deepEqual([ready, workers?.alive], [false, 0])
  rmSync(marker)
  await eventually(() => health.check(within))
  assert.equal((await opened.identify()).outcome, 'OUTCOME_UNIDENTIFIED')
})
