import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually, S3_TEST_SERVER } from '@livepods/testing'
import { withoutPhotos } from './support/photos.ts'
import { pictured } from './support/pictured.ts'
import { wholeSuite } from './support/whole-suite.ts'

const stores: Record<string, string | undefined> = { folders: undefined }
if (S3_TEST_SERVER) stores.S3 = S3_TEST_SERVER
else console.log('The story is not told on S3 here: S3_TEST_SERVER names no versitygw.')

for (const [store, s3] of Object.entries(stores)) {
  test(`strangers appear in groups, get a name, are recognised, merged, parted, and forgotten (${store})`, {
    skip: withoutPhotos,
  }, async () => {
    await using suite = await wholeSuite({ s3 })
    const { page, url, database } = suite
    let step = 0
    const picture = async () => await pictured(page, `story-${store}-${++step}`)
    const shows = async (id: string, heading: string) => {
      await page.goto(`${url}/photos/${id}`)
      await page.getByRole('heading', { level: 1, name: heading, exact: true }).waitFor()
    }
    await page.goto(`${url}/people`)
    await page.getByText('Nobody is known yet').waitFor()
    await page.goto(url)
    await page.getByText('No photos yet').waitFor()
    await picture()

    const [dad1 = '', dad2 = '', lady = ''] = await suite.drop(
      'Family1-Dad1.jpg',
      'Family1-Dad2.jpg',
      'Family2-Lady1.jpg',
    )
    for (const id of [dad1, dad2, lady]) await page.locator(`#photo-${id}[data-state=unknown]`).waitFor()
    await picture()

    await page.goto(`${url}/people`)
    const groups = page.locator('#strangers .cards > li')
    await eventually(async () => assert.equal(await groups.count(), 2))
    const couple = groups.filter({ hasText: 'on 2 photos' })
    await couple.waitFor()
    await picture()
    await couple.getByLabel('Who is this?').fill('Ulysses')
    await couple.getByRole('button', { name: 'Save name' }).click()
    await page.getByText('Ulysses is named on 2 photos.').first().waitFor()
    for (const id of [dad1, dad2]) await shows(id, 'Ulysses')

    const [dad3 = ''] = await suite.drop('Family1-Dad3.jpg')
    await page.locator(`#photo-${dad3}`).getByRole('heading', { name: 'Ulysses' }).waitFor()
    await picture()
    await shows(dad3, 'Ulysses')
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
    await picture()
    await page.getByRole('button', { name: 'Undo' }).click()
    await page.getByText('Undone: Penelope is merged into Ulysses.').waitFor()
    await shows(lady, 'Penelope')

    await page.goto(`${url}/photos/${dad3}`)
    await page.getByText('Is that wrong?').click()
    await page.getByRole('button', { name: 'Not Ulysses' }).click()
    await page.getByText('A face is set apart: it is not Ulysses.').waitFor()
    await page.getByRole('heading', { level: 1, name: '1 unknown face' }).waitFor()
    await picture()
    await page.getByRole('button', { name: 'Undo' }).click()
    await page.getByRole('heading', { level: 1, name: 'Ulysses' }).waitFor()

    const looks = await database.rows<{ descriptor: Buffer }>(
      "SELECT descriptor FROM faces JOIN person ON person.id = person_id WHERE name = 'Ulysses'",
    )
    const secrets = looks.map(({ descriptor }) => descriptor)
    for (const { path, bytes } of suite.kept()) {
      if (!/known_people\/ulysses/.test(path)) continue
      assert.equal(path.includes('/objects/photos/'), s3 !== undefined, path)
      secrets.push(...(await suite.describe(bytes)))
    }
    assert.equal(secrets.length, 4, 'three photos and a portrait')
    const tells = (bytes: Buffer) => secrets.some((secret) => bytes.includes(secret))
    assert.ok(suite.kept().some(({ bytes }) => tells(bytes)))

    await page.goto(`${url}/people`)
    await page.getByRole('link', { name: 'Ulysses' }).click()
    await picture()
    const portrait = (await page.locator('#images img').getAttribute('src')) ?? ''
    await page.getByRole('checkbox').check()
    await page.getByRole('button', { name: 'Delete' }).click()
    await page.getByRole('status').getByText('A person is deleted').waitFor()
    await picture()
    await shows(dad3, '1 unknown face')
    await page.goto(`${url}/people`)
    await page.getByRole('link', { name: 'Penelope' }).waitFor()
    assert.doesNotMatch((await page.locator('body').textContent()) ?? '', /Ulysses/)
    assert.equal((await fetch(url + portrait)).status, 404)
    // The time in which it can be undone is over.
    await database.change('UPDATE person SET deleted_at = deleted_at - INTERVAL 5 MINUTE WHERE deleted_at IS NOT NULL')
    await eventually(async () => {
      for (const { path, bytes } of suite.kept()) {
        assert.doesNotMatch(path, /ulysses/i)
        assert.ok(!/ulysses/i.test(bytes.toString('latin1')) && !tells(bytes), path)
      }
      for (const value of await suite.values()) {
        if (Buffer.isBuffer(value)) assert.ok(!tells(value))
        else assert.doesNotMatch(JSON.stringify(value) ?? '', /ulysses/i)
      }
    })
    assert.deepEqual(suite.complaints, [])
  })
}
