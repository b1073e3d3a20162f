import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { ROLES, type Role } from '@livepods/access'
import { testTokens } from '@livepods/testing'
import { type Browser, openBrowser, openTab, type Page } from '@livepods/testing/browser'
import { BY } from './support/people.ts'
import { withPeople } from './support/with-people.ts'

/** Where the forms of a page lead that change something. */
const changing = (page: Page) =>
  page
    .locator('form[method=post]:not(.sign-out)')
    .evaluateAll((forms) => forms.map((form) => form.getAttribute('action') ?? ''))

describe('with tokens, what is shown is what may be used', () => {
  let browser: Browser
  let tokens: Awaited<ReturnType<typeof testTokens>>
  let front: Awaited<ReturnType<typeof withPeople>>
  let pages: string[]
  const seen = new Map<Role, string[]>()

  before(async () => {
    browser = await openBrowser()
    tokens = await testTokens()
    front = await withPeople({ access: tokens.access })
    const known = [{ name: 'anna.jpg', bytes: Buffer.from('anna') }]
    const { person } = await front.people.add(BY, 'Anna', known)
    await front.people.add(BY, 'Bob', [{ name: 'bob.jpg', bytes: Buffer.from('bob') }])
    const group = (await front.database.change('INSERT INTO face_groups (person_id) VALUES (NULL)')).insertId
    await front.database.change('UPDATE faces SET group_id = ? WHERE id = ?', [group, front.faces[0]])
    const change = await front.people.name(BY, front.photo, front.faces[1], { person })
    pages = ['/', `/photos/${front.photo}?change=${change}`, '/people', `/people/${person}?change=${change}`]
  })
  after(async () => {
    await browser.close()
    await front[Symbol.asyncDispose]()
    await tokens[Symbol.asyncDispose]()
  })

  for (const role of ROLES) {
    test(`to the role ${role}`, async () => {
      await using tab = await openTab(browser)
      const { page } = tab
      await page.goto(`${front.url}/sign-in`)
      await page.getByLabel('Access token').fill(tokens.headers[role].authorization.slice('Bearer '.length))
      await page.keyboard.press('Enter')
      await page.getByRole('button', { name: 'Sign out' }).waitFor()
      const shown: string[] = []
      for (const path of pages) {
        assert.equal((await page.goto(front.url + path))?.status(), 200)
        shown.push(...(await changing(page)))
      }
      for (const action of shown) {
        const ask = `fetch(${JSON.stringify(action)}, { method: 'POST', body: new FormData() })`
        assert.notEqual(await page.evaluate(`${ask}.then(({ status }) => status)`), 403, action)
      }
      seen.set(role, shown)
    })
  }

  test('a reader sees nothing to change, a sender the place for photos, a manager all', () => {
    assert.deepEqual(seen.get('read'), [])
    assert.deepEqual(seen.get('submit'), ['/photos'])
    const actions = seen.get('manage')?.map((action) => action.replaceAll(/\d+/g, '#')) ?? []
    for (const action of [
      ...['/photos', '/photos/#/faces/#/name', '/photos/#/faces/#/not', '/changes/#/undo', '/people'],
      ...['/people/#/images', '/people/#/images/#/remove', '/people/#/rename', '/people/#/merge', '/people/#/delete'],
    ])
      assert.ok(actions.includes(action), action)
  })
})
