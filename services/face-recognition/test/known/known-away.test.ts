import assert from 'node:assert/strict'
import { cpSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { call, connect } from '@livepods/grpc'
import { faces } from '@livepods/protos'
import { type SpawnedService, spawnService } from '@livepods/testing'
import sharp from 'sharp'
import { samples } from '../support/samples.ts'

const base = mkdtempSync(join(tmpdir(), 'known-away-'))
after(() => rmSync(base, { recursive: true }))
const [known, away, unknown] = [join(base, 'known'), join(base, 'away'), join(base, 'unknown')]
const within = { deadlineMs: 60_000 }
for (const folder of [join(known, 'woman'), unknown]) mkdirSync(folder, { recursive: true })
cpSync(join(samples, 'sample3.jpg'), join(unknown, '3.jpg'))
await sharp(join(samples, 'sample1.jpg'))
  .extract({ left: 1380, top: 250, width: 420, height: 500 })
  .toFile(join(known, 'woman/1.jpg'))

async function start(): Promise<SpawnedService> {
  return await spawnService(new URL('../../src/main.ts', import.meta.url), {
    PORT: '0',
    KNOWN_PEOPLE: known,
    UNKNOWN_PEOPLE: unknown,
    GALLERY_DIR: join(base, 'saved'),
    FACE_WORKERS: '1',
    FACE_THRESHOLD: '0.5',
  })
}

async function open(service: SpawnedService) {
  await service.ready()
  const address = `127.0.0.1:${(await service.said(/"grpcPort":(\d+)/))[1]}`
  const client = connect(faces.FaceRecognitionService, address)
  return {
    people: async () => {
      const answer = await call(client, client.identify, { path: join(unknown, '3.jpg') }, within)
      return answer.faces.flatMap(({ identified, nearest }) => (identified ? [nearest?.person] : []))
    },
    store: async () => (await call(client, client.getStats, {}, within)).store,
    confirm: async (loss: string) => await call(client, client.confirmKnownImagesGone, { loss }, within),
    [Symbol.dispose]: () => client.close(),
  }
}

test('a volume that is unmounted, across kill -9, mounted again and lost for good', async () => {
  {
    await using service = await start()
    using opened = await open(service)
    assert.deepEqual(await opened.people(), ['woman'])
    renameSync(known, away)
    await service.said(/known people unavailable/)
    assert.deepEqual([await opened.people(), (await opened.store())?.state], [['woman'], 'KNOWN_STORE_STATE_AWAY'])
    await service.stop('SIGKILL')
  }
  await using service = await start()
  using opened = await open(service)
  await service.said(/known people unavailable/)
  assert.deepEqual(await opened.people(), ['woman'])
  renameSync(away, known)
  await service.said(/known people available again/)
  // Before the volume goes again: a scan between its going and the empty folder's coming finds it away, and says so.
  assert.equal(service.output().match(/known people unavailable/g)?.length, 1, 'once, not for each scan')
  assert.deepEqual([await opened.people(), (await opened.store())?.state], [['woman'], 'KNOWN_STORE_STATE_PRESENT'])
  renameSync(known, away)
  mkdirSync(known)
  await service.said(/known images vanished/)
  assert.deepEqual(await opened.people(), ['woman'])
  const { state, loss = '' } = (await opened.store()) ?? {}
  assert.equal(state, 'KNOWN_STORE_STATE_HELD')
  assert.equal((await opened.confirm(loss)).confirmed, true)
  assert.deepEqual([await opened.people(), existsSync(away)], [[], true])
  const metrics = await (await fetch(`${service.ops}/metrics`)).text()
  assert.match(metrics, /known_people_held_images\S* 0/)
  await service.stop()
})
