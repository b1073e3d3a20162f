import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Browser, openBrowser, openTab } from '@livepods/testing/browser'
import { PERSON } from './support/people.ts'
import { withPeople } from './support/with-people.ts'

let browser: Browser
before(async () => {
  browser = await openBrowser()
})
after(() => browser.close())

test('two people name one group: the second is told whose it is, and corrects that face alone; a deletion is undone', async () => {
  await using front = await withPeople()
  const { url, photo, faces, database } = front
  const { insertId: group } = await database.change('INSERT INTO face_groups (person_id) VALUES (NULL)')
  await database.change('UPDATE faces SET group_id = ?', [group])
  // Without scripts nothing on the second one's page changes by itself.
  await using first = await openTab(browser, { mayBeGone: PERSON })
  await using second = await openTab(browser, { javaScriptEnabled: false })
  for (const { page } of [first, second]) await page.goto(`${url}/photos/${photo}`)
  const name = async ({ page }: typeof first, face: 0 | 1, who: string) => {
    await page.locator(`#who-${faces[face]}`).fill(who)
    await page.locator(`#face-${faces[face]} form.who button`).click()
  }
  await name(first, 0, 'Anna')
  await first.page.getByText('is named on 1 photo').waitFor()
  await name(second, 1, 'Boris')
  await second.page.getByRole('heading', { name: /^This has been Anna’s for \d+ seconds?$/ }).waitFor()
  const leave = second.page.getByRole('link', { name: 'Leave it Anna’s.' })
  assert.equal(await leave.getAttribute('href'), `/photos/${photo}`)
  await second.page.getByRole('button', { name: 'It is Boris' }).click()
  await second.page.getByText('the face was Anna’s before').waitFor()
  assert.deepEqual(await second.page.locator('.face h3 bdi').allInnerTexts(), ['Anna', 'Boris'])

  const { page } = first
  await page.goto(`${url}/people`)
  await page.getByRole('link', { name: 'Boris' }).click()
  await page.getByLabel('Delete Boris').check()
  await page.getByRole('button', { name: 'Delete' }).click()
  const notice = page.getByRole('status', { name: 'Last change' })
  await notice.getByText('For 5 minutes this can be undone').waitFor()
  assert.deepEqual(await page.locator('#known h3').allInnerTexts(), ['Anna'])
  await notice.getByRole('button', { name: 'Undo' }).click()
  await page.locator('#known').getByText('Boris').waitFor()
  assert.deepEqual(first.complaints, [])
})
