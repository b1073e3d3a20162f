import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { eventually, freshDatabase, type SpawnedService, spawnService, type TestDatabase } from '@livepods/testing'
import sharp from 'sharp'
import { FaceService } from '../src/people/face-service.ts'
import type { People } from '../src/people/people.ts'

const FRONTEND = new URL('../src/main.ts', import.meta.url)
const FACES = new URL('../../face-recognition/src/main.ts', import.meta.url)
const KILLED = `--import=${new URL('support/killed-frontend.ts', import.meta.url).href}`

const stack = new AsyncDisposableStack()
let db: TestDatabase
let faces: FaceService
let environment: Record<string, string>
let known: string

before(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'livepods-killed-'))
  stack.defer(() => rm(folder, { recursive: true, force: true }))
  known = join(folder, 'known')
  await mkdir(known)
  db = stack.use(await freshDatabase())
  const pictures = { KNOWN_PEOPLE: known, UNKNOWN_PEOPLE: folder }
  const service = stack.use(await spawnService(FACES, { ...pictures, PORT: '0', FACE_WORKERS: '1' }))
  await service.ready()
  const GRPC_ADDRESS = `127.0.0.1:${(await service.said(/"grpcPort":(\d+)/))[1]}`
  faces = stack.use(new FaceService(GRPC_ADDRESS))
  environment = { ...db.environment, ...pictures, GRPC_ADDRESS, FRONTEND_PORT: '0' }
})
after(() => stack.disposeAsync())

let colours = 0
/** A picture that no other is like. */
async function photo(): Promise<Blob> {
  const [r, g, b] = [37, 59, 101].map((part) => (++colours * part) % 256)
  const background = { r, g, b }
  const bytes = await sharp({ create: { width: 64, height: 64, channels: 3, background } })
    .jpeg()
    .toBuffer()
  return new Blob([new Uint8Array(bytes)], { type: 'image/jpeg' })
}

/** A frontend that dies at that step of the method. */
async function start(killIn: keyof People, step: number) {
  const service = await spawnService(FRONTEND, {
    ...environment,
    NODE_OPTIONS: KILLED,
    KILL_IN: killIn,
    KILL_AT: `${step}`,
  })
  await service.ready()
  const url = String((await service.said(/"address":"([^"]+)"/))[1])
  return { service, url }
}

async function send(url: string, method: string, body: FormData | object | undefined) {
  const isForm = body instanceof FormData
  const headers: Record<string, string> = body && !isForm ? { 'content-type': 'application/json' } : {}
  const sent = body && { body: isForm ? body : JSON.stringify(body) }
  const answer = await fetch(url, { method, headers, ...sent })
  assert.ok(answer.ok, await answer.clone().text())
  return (await answer.json()) as { id: number; images: { id: number; name: string }[] }
}

async function addPerson(url: string, name: string, photos = 1) {
  const form = new FormData()
  form.append('name', name)
  for (let i = 0; i < photos; i++) form.append('photos', await photo(), `${i}.jpg`)
  return await send(`${url}/v1/people`, 'POST', form)
}

/** Files, the gallery and the rows say the same of everybody, and nothing is left to be done. */
async function areConsistent(step: number): Promise<void> {
  await eventually(async () => {
    const rows = await db.database.rows<{ image_name: string; folder: string }>(
      'SELECT image_name, folder FROM person_images JOIN person ON person.id = person_id ORDER BY image_name',
    )
    const files = await readdir(known, { recursive: true, withFileTypes: true })
    const pictures = files
      .filter((file) => file.isFile())
      .map((file) => join(file.parentPath, file.name).slice(known.length + 1))
    const gallery = (await faces.list()).map(({ imageName, person }) => ({ image_name: imageName, folder: person }))
    assert.deepEqual(rows, gallery, `rows and gallery, killed before step ${step}`)
    assert.deepEqual(
      rows.map(({ image_name }) => image_name),
      pictures.sort(),
      `rows and files, killed before step ${step}`,
    )
    const open = await db.database.rows(
      "SELECT id FROM face_changes WHERE JSON_UNQUOTE(JSON_EXTRACT(`before`, '$.state')) <> 'done'",
    )
    const empty = await db.database.rows(
      'SELECT name FROM person WHERE id NOT IN (SELECT person_id FROM person_images)',
    )
    assert.deepEqual([open, empty], [[], []], `killed before step ${step}`)
  })
}

/** The change by frontends that are killed before its 1st, 2nd, … step, until one gets to its end; each repairs what the one before left behind. */
async function killAtEachStep(
  killIn: keyof People,
  prepare: (url: string, step: number) => Promise<(url: string) => Promise<unknown>>,
): Promise<number> {
  for (let step = 0; ; step++) {
    const { service, url } = await start(killIn, step)
    await using _ = service satisfies SpawnedService
    await areConsistent(step - 1)
    const change = await prepare(url, step)
    const ended = await change(url).then(
      () => true,
      () => false,
    )
    if (ended) {
      await areConsistent(step)
      return step
    }
    assert.equal(await service.exited, 'SIGKILL', service.output())
  }
}

describe('a frontend that is killed with -9 at any step leaves files, gallery and rows that say the same', () => {
  test('of adding a person', async () => {
    const people = new Set<string>()
    const steps = await killAtEachStep('add', async (_url, step) => (url) => addPerson(url, `Added ${step}`))
    for (const { name } of await db.database.rows<{ name: string }>('SELECT name FROM person')) people.add(name)
    assert.ok(people.has(`Added ${steps}`) && !people.has('Added 0') && steps > 10, `${steps} steps: ${[...people]}`)
  })

  test('of moving known photos to another person', async () => {
    const steps = await killAtEachStep('merge', async (url, step) => {
      const [one, other] = [await addPerson(url, `One ${step}`), await addPerson(url, `Other ${step}`)]
      return (url) => send(`${url}/v1/people/${one.id}/merge`, 'POST', { into: other.id })
    })
    const left = await db.database.rows<{ name: string }>("SELECT name FROM person WHERE name LIKE 'One %'")
    assert.ok(steps > 10 && left.length > 0 && left.length < steps, `${left.length} of ${steps}`)
    const [row] = await db.database.rows<{ images: string }>(
      "SELECT COUNT(*) AS images FROM person_images JOIN person ON person.id = person_id WHERE name LIKE 'O% %'",
    )
    assert.equal(Number(row?.images), 2 * (steps + 1), 'no picture is lost')
  })

  test('of removing a known photo', async () => {
    const steps = await killAtEachStep('removeImage', async (url, step) => {
      const { id, images } = await addPerson(url, `Less ${step}`, 2)
      return (url) => send(`${url}/v1/people/${id}/images/${images[0]?.id}`, 'DELETE', undefined)
    })
    assert.ok(steps > 5, `${steps} steps`)
  })
})
