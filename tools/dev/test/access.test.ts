import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { stripVTControlCharacters } from 'node:util'
import { addressForOthers } from '@livepods/system'
import { testTokens } from '@livepods/testing'
import { qrCode } from '../src/reachable.ts'
import { startWith } from './support/development.ts'

const directory = await mkdtemp(join(tmpdir(), 'livepods-dev-access-'))
after(() => rm(directory, { recursive: true, force: true }))

test('with ACCESS_TOKENS_FILE in the environment the samples go through, and pages and APIs ask for a token', async () => {
  await using tokens = await testTokens()
  const run = startWith({ ACCESS_TOKENS_FILE: tokens.file }, directory)
  const page = (await run.says(/page +http:\S+/))[0].match(/http:\S+/)?.[0] ?? ''
  const receiver = (await run.says(/submit a photo +http:\S+/))[0].match(/http:\S+(?=\/docs)/)?.[0] ?? ''
  await run.says(/the samples are through: somebody known on [1-6] of 6 photos/)
  for (const url of [page, `${page}/v1/images`, `${receiver}/v1/images`, `${receiver}/docs`])
    assert.equal((await fetch(url)).status, 401, url)
  const { headers } = tokens
  const answer = await fetch(`${page}/v1/images`, { headers: headers.read })
  const { images } = (await answer.json()) as { images: { outcome: string }[] }
  assert.equal(images.length, 6)
  assert.ok(images.some(({ outcome }) => outcome === 'IDENTIFIED'))
  run.child.kill('SIGTERM')
  assert.equal(await run.exited, 0)
  assert.doesNotMatch(run.lines.join('\n'), /token-0123456789/)
})

const lan = addressForOthers('0.0.0.0')
test('with --host other machines reach pages and APIs, under an address that a QR code shows, and nothing else', {
  skip: !lan && 'this machine is in no network',
}, async () => {
  await using tokens = await testTokens()
  const run = startWith({ ACCESS_TOKENS_FILE: tokens.file }, directory, '--no-samples', '--host', '0.0.0.0')
  const [line, page = ''] = await run.says(/page +(http:\S+) +for other machines/)
  assert.equal(new URL(page).hostname, lan, line)
  assert.equal((await fetch(`${page}/v1/images`, { headers: tokens.headers.read })).status, 200)
  assert.equal((await fetch(page)).status, 401)
  const people = await (await fetch(page, { headers: tokens.headers.read })).text()
  assert.match(people, new RegExp(`<a href="http://${lan}:\\d+">Live</a>`))
  const code = qrCode(page).map((line) => stripVTControlCharacters(line))
  const from = run.lines.indexOf(code[0] as string)
  assert.deepEqual(run.lines.slice(from, from + code.length), code)

  const ports = JSON.parse(await readFile(join(directory, 'ports.json'), 'utf8')) as Record<string, number>
  const {
    frontend,
    receiver,
    'media-server': media,
    'media-server-rtmp': rtmp,
    relay,
    sink,
    whoami,
    ...internal
  } = ports
  assert.equal((await fetch(`http://${lan}:${receiver}/v1/images`)).status, 401)
  assert.equal((await fetch(`http://${lan}:${media}/v1/streams`)).status, 401)
  assert.equal((await fetch(`http://${lan}:${relay}/relay.php`, { method: 'POST', body: 'x' })).status, 401)
  assert.equal((await fetch(`http://${lan}:${sink}/v1/report`)).status, 401)
  // What whoami tells is open to everybody, but for changing how it answers.
  assert.equal((await fetch(`http://${lan}:${whoami}/`)).status, 200)
  assert.equal((await fetch(`http://${lan}:${whoami}/faults`, { method: 'POST', body: '{}' })).status, 401)
  const closed = Object.values(internal).map((port) => fetch(`http://${lan}:${port}`))
  for (const answer of await Promise.allSettled(closed)) assert.equal(answer.status, 'rejected')
  run.child.kill('SIGTERM')
  assert.equal(await run.exited, 0)
  assert.doesNotMatch(run.lines.join('\n'), /token-0123456789/)
})

test('--host beyond loopback is refused without tokens', async () => {
  const run = startWith({ ACCESS_TOKENS_FILE: '' }, directory, '--host', '0.0.0.0')
  assert.equal(await run.exited, 64)
  assert.match(run.lines.join('\n'), /ACCESS_TOKENS_FILE=tokens npx -y pnpm@12 dev --host 0\.0\.0\.0/)
})

test('a file without a token for the suite itself is refused with a sentence', async () => {
  // The suite keeps its own under "tokens".
  const file = join(directory, 'lesser')
  await writeFile(file, 'read-token-0123456789 read\n')
  const run = startWith({ ACCESS_TOKENS_FILE: file }, directory, '--no-samples')
  assert.equal(await run.exited, 1)
  assert.match(run.lines.join('\n'), /lesser has no token with the role submit, which the suite needs for itself/)
})
