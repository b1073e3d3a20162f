import assert from 'node:assert/strict'
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { call, connect } from '@livepods/grpc'
import { faces } from '@livepods/protos'
import { Database, databaseOptions } from '@livepods/sql'
import { System } from '@livepods/system'
import { eventually } from '@livepods/testing'
import { openBrowser, openTab } from './support/browser.ts'
import { photos, withoutPhotos } from './support/photos.ts'

const WITHIN = { withinMs: 30_000 }

async function wholeSuite() {
  const stack = new AsyncDisposableStack()
  const directory = mkdtempSync(join(tmpdir(), 'livepods-people-'))
  stack.defer(() => rmSync(directory, { recursive: true, force: true }))
  const system = stack.use(await System.start({ directory, usualPorts: false }))
  const database = stack.use(new Database(databaseOptions({ MYSQL_DBNAME: 'kube', ...system.database } as never)))
  const face = stack.adopt(
    connect(faces.FaceRecognitionService, `127.0.0.1:${system.ports.faceRecognition}`),
    (client) => client.close(),
  )
  const browser = stack.adopt(await openBrowser(), (browser) => browser.close())
  const tab = stack.use(await openTab(browser))
  tab.page.setDefaultTimeout(30_000)
  return {
    page: tab.page,
    complaints: tab.complaints,
    database,
    directory,
    url: `http://127.0.0.1:${system.ports.frontend}`,
    /** Puts a test photo where it can be submitted, and submits it; resolves with its id. */
    send: async (name: string) => {
      copyFileSync(join(photos, 'azure', name), join(system.unknownPeople, name))
      const answer = await fetch(`http://127.0.0.1:${system.ports.receiver}/v1/images`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ path: name }),
      })
      return ((await answer.json()) as { id: string }).id
    },
    /** What the faces of a picture look like, in bytes. */
    describe: async (content: Buffer) => {
      const answer = await call(face, face.identify, { content, withDescriptors: true }, { deadlineMs: 30_000 })
      return answer.faces.map(({ descriptor }) => descriptor)
    },
    files: (folder: string) =>
      readdirSync(join(directory, folder), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name)),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

test('strangers appear in groups, get a name, are recognised, merged, parted, and forgotten', {
  skip: withoutPhotos,
}, async () => {
  await using suite = await wholeSuite()
  const { page, url, send, database } = suite
  await page.goto(`${url}/people`)
  await page.getByText('Nobody is known yet').waitFor()

  const [dad1, dad2, lady] = [
    await send('Family1-Dad1.jpg'),
    await send('Family1-Dad2.jpg'),
    await send('Family2-Lady1.jpg'),
  ]
  const groups = page.locator('#strangers .cards > li')
  await eventually(async () => assert.equal(await groups.count(), 2), WITHIN)
  await groups.filter({ hasText: 'on 2 photos' }).waitFor()

  await groups.filter({ hasText: 'on 2 photos' }).getByLabel('Who is this?').fill('Ulysses')
  await groups.filter({ hasText: 'on 2 photos' }).getByRole('button', { name: 'Save name' }).click()
  await page.getByText('Ulysses is named on 2 photos.').first().waitFor()
  for (const id of [dad1, dad2]) {
    await page.goto(`${url}/photos/${id}`)
    await page.getByRole('heading', { level: 1, name: 'Ulysses' }).waitFor()
  }

  const dad3 = await send('Family1-Dad3.jpg')
  await page.goto(`${url}/photos/${dad3}`)
  await page.getByRole('heading', { level: 1, name: 'Ulysses' }).waitFor()
  await page.getByText('was recognised').waitFor()

  await page.goto(`${url}/photos/${lady}`)
  await page.getByLabel('Who is this?').fill('Penelope')
  await page.getByRole('button', { name: 'Save name' }).click()
  await page.getByRole('heading', { level: 1, name: 'Penelope' }).waitFor()
  await page.goto(`${url}/people`)
  await page.getByRole('link', { name: 'Penelope' }).click()
  const select = page.getByLabel('Is the same person as')
  await select.selectOption({ label: (await select.locator('option', { hasText: 'Ulysses' }).textContent()) ?? '' })
  await page.getByRole('button', { name: 'Merge' }).click()
  await page.getByText('Penelope is merged into Ulysses.').waitFor()
  assert.equal(await page.locator('#images .cards > li').count(), 2)
  await page.getByRole('button', { name: 'Undo' }).click()
  await page.getByText('Undone: Penelope is merged into Ulysses.').waitFor()
  await page.goto(`${url}/photos/${lady}`)
  await page.getByRole('heading', { level: 1, name: 'Penelope' }).waitFor()

  await page.goto(`${url}/photos/${dad3}`)
  await page.getByText('Is that wrong?').click()
  await page.getByRole('button', { name: 'Not Ulysses' }).click()
  await page.getByText('A face is set apart: it is not Ulysses.').waitFor()
  await page.getByRole('heading', { level: 1, name: '1 unknown face' }).waitFor()
  await page.getByRole('button', { name: 'Undo' }).click()
  await page.getByRole('heading', { level: 1, name: 'Ulysses' }).waitFor()

  const portraits = suite.files('known_people').filter((file) => file.includes('ulysses'))
  const looks = await database.rows<{ descriptor: Buffer }>(
    "SELECT descriptor FROM faces JOIN person ON person.id = person_id WHERE name = 'Ulysses'",
  )
  const secrets = looks.map(({ descriptor }) => descriptor)
  for (const portrait of portraits) secrets.push(...(await suite.describe(readFileSync(portrait))))
  assert.equal(secrets.length, 4)
  const onDisk = () =>
    ['known_people', 'gallery']
      .flatMap((folder) => suite.files(folder))
      .map((file) => [file, readFileSync(file)] as const)
  assert.ok(onDisk().some(([, bytes]) => secrets.some((secret) => bytes.includes(secret))))

  await page.goto(`${url}/people`)
  await page.getByRole('link', { name: 'Ulysses' }).click()
  await page.getByRole('checkbox').check()
  await page.getByRole('button', { name: 'Delete' }).click()
  await page.getByText('A person is deleted').waitFor()
  await page.goto(`${url}/photos/${dad3}`)
  await page.getByRole('heading', { level: 1, name: '1 unknown face' }).waitFor()
  await page.goto(`${url}/people`)
  await page.getByRole('link', { name: 'Penelope' }).waitFor()
  assert.doesNotMatch((await page.locator('body').textContent()) ?? '', /Ulysses/)
  for (const [file, bytes] of onDisk()) {
    assert.doesNotMatch(file, /ulysses/i)
    assert.ok(!/ulysses/i.test(bytes.toString('latin1')), file)
    for (const secret of secrets) assert.ok(!bytes.includes(secret), file)
  }
  for (const { name } of await database.rows<{ name: string }>(
    'SELECT TABLE_NAME AS name FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE()',
  )) {
    for (const value of (await database.rows<Record<string, unknown>>(`SELECT * FROM \`${name}\``)).flatMap(
      Object.values,
    )) {
      if (Buffer.isBuffer(value)) assert.ok(!secrets.some((secret) => secret.equals(value)), name)
      else assert.doesNotMatch(JSON.stringify(value) ?? '', /ulysses/i, name)
    }
  }
  assert.deepEqual(suite.complaints, [])
})
