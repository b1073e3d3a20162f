import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { answersByRole, testTokens } from '@livepods/testing'
import { frontend } from './support/frontend.ts'
import { addPhoto } from './support/rows.ts'

const tokens = await testTokens()
after(() => tokens[Symbol.asyncDispose]())

const READ = tokens.headers.read.authorization.slice('Bearer '.length)
const UPLOADS = ['POST /photos', 'POST /v1/images']
const OPEN = ['GET /sign-in', 'HEAD /sign-in', 'POST /sign-in', 'POST /sign-out']

const form = (fields: Record<string, string>, headers: Record<string, string> = {}) => ({
  method: 'POST' as const,
  payload: new URLSearchParams(fields).toString(),
  headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
})

test('with tokens every route answers 401 without one, 403 to a lesser role, and lets its role in', async () => {
  await using front = await frontend({ access: tokens.access })
  await addPhoto(front.database, { path: 'one.jpg' })
  const rows = await answersByRole(front.app, tokens)
  assert.deepEqual(
    rows.filter(({ fault }) => fault),
    [],
  )
  const open = rows.filter(({ role }) => role === 'open').map(({ route }) => route)
  assert.deepEqual(
    open.filter((route) => !/ \/assets\//.test(route)),
    OPEN,
  )
  for (const route of ['GET /', 'GET /events', 'GET /photos/:id/thumbnail', 'GET /v1/images'])
    assert.ok(rows.some((row) => row.route === route && row.role === 'read'))
  const changes = rows.filter(({ route }) => /^(POST|PUT|PATCH|DELETE) /.test(route) && !OPEN.includes(route))
  for (const route of ['POST /people/:id/merge', 'DELETE /v1/people/:id', 'POST /changes/:id/undo'])
    assert.ok(changes.some((row) => row.route === route))
  for (const { route, role } of changes) assert.equal(role, UPLOADS.includes(route) ? 'submit' : 'manage', route)
})

test('a change keeps the name of the token that it came with', async () => {
  await using front = await frontend({ access: tokens.access })
  const group = async () => (await front.database.change('INSERT INTO face_groups (person_id) VALUES (NULL)')).insertId
  const url = `/v1/groups/${await group()}/apart/${await group()}`
  const { statusCode } = await front.app.inject({ method: 'PUT', url, headers: tokens.headers.manage })
  assert.equal(statusCode, 200)
  assert.deepEqual(await front.database.rows('SELECT actor FROM face_changes'), [{ actor: 'manage' }])
})

test('without tokens everything is open, and there is nothing to sign in to', async () => {
  await using front = await frontend()
  for (const { route, answers } of await answersByRole(front.app, tokens))
    assert.ok(answers.nobody !== 401 && answers.nobody !== 403, route)
  assert.ok(!front.app.routes.some(({ url }) => url === '/sign-in'))
  assert.doesNotMatch((await front.app.inject('/')).body, /sign-out/)
})

test('a page asks for a token where it stands; JSON and pictures get a problem', async () => {
  await using front = await frontend({ access: tokens.access })
  const page = await front.app.inject({ url: '/photos/7?x=1', headers: { accept: 'text/html' } })
  assert.equal(page.statusCode, 401)
  assert.equal(page.headers['www-authenticate'], 'Bearer realm="livepods"')
  assert.match(page.body, /<form [^>]*action="\/sign-in"/)
  assert.match(page.body, /name="next" value="\/photos\/7\?x=1"/)
  for (const url of ['/v1/images', '/photos/7/thumbnail', '/events']) {
    const answer = await front.app.inject({ url, headers: { accept: '*/*' } })
    assert.equal(answer.statusCode, 401)
    assert.equal(answer.headers['content-type'], 'application/problem+json')
  }
  for (const [, asset] of page.body.matchAll(/(?:href|src)="(\/assets\/[^"]+)"/g))
    assert.equal((await front.app.inject(String(asset))).statusCode, 200, asset)
})

test('who gives a token is led back with a cookie that opens the pages, is not the token, and ends with signing out', async () => {
  await using front = await frontend({ access: tokens.access })
  const { app } = front
  const answer = await app.inject({ url: '/sign-in', ...form({ token: ` ${READ} `, next: '/chain?a=b' }) })
  assert.deepEqual([answer.statusCode, answer.headers.location], [303, '/chain?a=b'])
  const kept = String(answer.headers['set-cookie'])
  assert.match(kept, /^livepods_session=[^;]+; Path=\/; Max-Age=2592000; HttpOnly; SameSite=Strict$/)
  assert.doesNotMatch(kept, new RegExp(READ))
  const cookie = kept.split(';')[0] ?? ''
  const page = await app.inject({ url: '/', headers: { cookie, accept: 'text/html' } })
  assert.equal(page.statusCode, 200)
  assert.match(page.body, /action="\/sign-out"/)
  const out = await app.inject({ url: '/sign-out', ...form({}, { cookie }) })
  assert.deepEqual([out.statusCode, out.headers.location], [303, '/'])
  assert.match(String(out.headers['set-cookie']), /^livepods_session=; Path=\/; Max-Age=0;/)
})

test('over TLS, also when a proxy in front ends it, the cookie is Secure', async () => {
  await using front = await frontend({ access: tokens.access })
  const request = form({ token: READ }, { 'x-forwarded-proto': 'https, http' })
  const { headers } = await front.app.inject({ url: '/sign-in', ...request })
  assert.match(String(headers['set-cookie']), /; SameSite=Strict; Secure$/)
})

test('a wrong token is told on the page, which keeps where to go and shows nothing of it', async () => {
  await using front = await frontend({ access: tokens.access })
  const answer = await front.app.inject({ url: '/sign-in', ...form({ token: 'wrong"token', next: '/chain' }) })
  assert.equal(answer.statusCode, 401)
  assert.match(answer.body, /role="alert">This access token is not known here/)
  assert.match(answer.body, /name="next" value="\/chain"/)
  assert.doesNotMatch(answer.body, /wrong/)
  assert.equal(answer.headers['set-cookie'], undefined)
})

test('signing in leads nowhere else, and no other site signs anybody in', async () => {
  await using front = await frontend({ access: tokens.access })
  for (const next of [
    'https://evil.example/',
    '//evil.example',
    '/\\evil.example',
    'javascript:1',
    '/sign-in',
    '%',
    '',
  ]) {
    const { headers } = await front.app.inject({ url: '/sign-in', ...form({ token: READ, next }) })
    assert.match(String(headers.location), /^\/(%25|%)?$/, next)
  }
  const foreign = form({ token: READ }, { origin: 'http://evil.example' })
  assert.equal((await front.app.inject({ url: '/sign-in', ...foreign })).statusCode, 403)
})

test('a link of another site, with which no cookie comes, offers to go on', async () => {
  await using front = await frontend({ access: tokens.access })
  const from = async (site: string) =>
    (await front.app.inject({ url: '/chain', headers: { accept: 'text/html', 'sec-fetch-site': site } })).body
  assert.match(await from('cross-site'), /<a href="\/chain">Go on<\/a>/)
  assert.doesNotMatch(await from('none'), /Go on/)
})
