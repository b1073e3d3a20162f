import assert from 'node:assert/strict'
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { call, connect, GrpcServer, unary } from '@livepods/grpc'
import { faces, type GetStatsResponse, type SetDisplayNamesRequest__Output } from '@livepods/protos'
import { createLog } from '@livepods/service'
import { eventually, freshDatabase, spawnService } from '@livepods/testing'
import { FaceService } from '../../src/people/face-service.ts'
import { NameSender } from '../../src/people/name-sender.ts'
import { photos, withoutPhotos } from '../support/photos.ts'
import { addPerson } from '../support/rows.ts'

const FRONTEND = new URL('../../src/main.ts', import.meta.url)
const FACES = new URL('../../../face-recognition/src/main.ts', import.meta.url)

const log = createLog('test', 'silent')
const definition = faces.FaceRecognitionService.service

/** A replica that takes names, or, of the version before, none. */
async function replica({ takesNames = true } = {}) {
  const sent: SetDisplayNamesRequest__Output[] = []
  let version = ''
  let asked = 0
  const handlers = {
    GetStats: unary<object, GetStatsResponse>(log, async () => {
      asked++
      return { ready: true, ...(takesNames && { namesVersion: version }) }
    }),
    SetDisplayNames: unary(log, async ({ request }: { request: SetDisplayNamesRequest__Output }) => {
      version = request.version
      sent.push(request)
      return {}
    }),
  }
  const roles = { GetStats: 'read', SetDisplayNames: 'manage' } as const
  const server = new GrpcServer({ services: [{ definition, handlers, roles }], log, closeWithinMs: 100 })
  return {
    address: `127.0.0.1:${await server.listen({ host: '127.0.0.1', port: 0 })}`,
    sent,
    asked: () => asked,
    forget: () => {
      version = ''
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}

test('every replica that takes names gets them once, and again when they change or it forgot them', async () => {
  await using db = await freshDatabase()
  await using stack = new AsyncDisposableStack()
  const [one, two, old] = [
    stack.use(await replica()),
    stack.use(await replica()),
    stack.use(await replica({ takesNames: false })),
  ]
  const addresses = [one, two, old].map(({ address }) => address)
  const service = stack.use(new FaceService(one.address, { addresses: async () => [...addresses, '127.0.0.1:1'] }))
  const { database } = db
  const anna = await addPerson(database, 'Anna')
  await database.change("UPDATE person SET folder = 'anna' WHERE id = ?", [anna])
  await database.change("INSERT INTO person (name, folder) VALUES ('bob', 'bob'), ('Gone', 'gone'), ('Cleo', NULL)")
  await database.change("UPDATE person SET deleted_at = UTC_TIMESTAMP(3) WHERE folder = 'gone'")
  const images = ['anna/1.jpg', 'anna_2.jpg', 'elsewhere/1.jpg', 'bob/1.jpg', 'gone/1.jpg', 'cleo.jpg']
  const people = ['Anna', 'Anna', 'Anna', 'bob', 'Gone', 'Cleo']
  for (const [i, image] of images.entries())
    await database.change('INSERT INTO person_images (image_name, person_id) SELECT ?, id FROM person WHERE name = ?', [
      image,
      people[i] ?? '',
    ])

  stack.use(new NameSender({ database, faces: service, log })).start()
  await eventually(async () => assert.deepEqual([one.sent.length, two.sent.length], [1, 1]))
  assert.deepEqual(one.sent[0]?.people, [{ person: 'anna', displayName: 'Anna' }])
  assert.deepEqual(
    new Map(one.sent[0]?.images.map(({ imageName, displayName }) => [imageName, displayName])),
    new Map([
      ['anna_2.jpg', 'Anna'],
      ['elsewhere/1.jpg', 'Anna'],
      ['cleo.jpg', 'Cleo'],
    ]),
  )

  const asked = two.asked()
  await eventually(async () => assert.ok(two.asked() > asked + 2, 'two more polls'))
  assert.deepEqual([one.sent.length, two.sent.length], [1, 1], 'what is known already is not sent again')

  two.forget()
  await eventually(async () => assert.deepEqual(two.sent[1], two.sent[0]))
  assert.equal(one.sent.length, 1)

  await database.change("UPDATE person SET name = 'Anne' WHERE id = ?", [anna])
  await eventually(async () => {
    for (const { sent } of [one, two]) assert.deepEqual(sent.at(-1)?.people, [{ person: 'anna', displayName: 'Anne' }])
  })
  assert.deepEqual(old.sent, [])
})

test('Identify says what a person is called: after a renaming the new name, after a restart the same, of a deleted one none', {
  skip: withoutPhotos,
}, async () => {
  await using db = await freshDatabase()
  await using stack = new AsyncDisposableStack()
  const folder = stack.adopt(mkdtempSync(join(tmpdir(), 'livepods-names-')), (folder) =>
    rmSync(folder, { recursive: true }),
  )
  const known = join(folder, 'known')
  mkdirSync(join(known, 'dad'), { recursive: true })
  const azure = (name: string) => join(photos, 'azure', name)
  copyFileSync(azure('Family1-Dad1.jpg'), join(known, 'dad', '1.jpg'))
  copyFileSync(azure('Family1-Mom1.jpg'), join(known, 'mom_1.jpg'))
  const pictures = { KNOWN_PEOPLE: known, UNKNOWN_PEOPLE: folder }
  const startFaces = async (port: string) => {
    const service = await spawnService(FACES, {
      ...pictures,
      PORT: port,
      FACE_WORKERS: '1',
      GALLERY_DIR: join(folder, 'gallery'),
    })
    await service.ready()
    return { service, port: String((await service.said(/"grpcPort":(\d+)/))[1]) }
  }
  const first = await startFaces('0')
  const GRPC_ADDRESS = `127.0.0.1:${first.port}`
  const frontend = stack.use(
    await spawnService(FRONTEND, { ...db.environment, ...pictures, GRPC_ADDRESS, FRONTEND_PORT: '0' }),
  )
  await frontend.ready()
  const url = String((await frontend.said(/"address":"([^"]+)"/))[1])
  const client = stack.adopt(connect(faces.FaceRecognitionService, GRPC_ADDRESS), (client) => client.close())
  const content = readFileSync(azure('Family1-Dad2.jpg'))
  const identified = async () => {
    const { faces } = await call(client, client.identify, { content }, { deadlineMs: 30_000 })
    return [faces[0]?.nearest?.displayName, faces[0]?.runnerUp?.displayName]
  }
  assert.deepEqual(await identified(), ['dad', 'mom'])

  const people = async () => {
    const answer = await fetch(`${url}/v1/people`)
    return ((await answer.json()) as { people: { id: number; name: string }[] }).people
  }
  const change = async (method: string, name: string, body?: object) => {
    const { id } = await eventually(async () => {
      const found = (await people()).find((person) => person.name === name)
      if (!found) throw new Error(`${name} is not there yet.`)
      return found
    })
    const answer = await fetch(`${url}/v1/people/${id}`, {
      method,
      ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    })
    assert.ok(answer.ok, await answer.text())
  }
  await change('PATCH', 'dad', { name: 'Papa' })
  await change('PATCH', 'mom', { name: 'Mama' })
  await eventually(async () => assert.deepEqual(await identified(), ['Papa', 'Mama']))

  assert.equal(await first.service.stop(), 0)
  stack.use((await startFaces(first.port)).service)
  await eventually(async () => assert.deepEqual(await identified(), ['Papa', 'Mama']))

  await change('DELETE', 'Papa')
  await eventually(async () => assert.deepEqual(await identified(), ['Mama', undefined]))
})
