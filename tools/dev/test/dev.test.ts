import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { promisify } from 'node:util'
import { freePort, PidFiles } from '@livepods/system'
import { eventually } from '@livepods/testing'
import { startDevelopment, startWith } from './support/development.ts'

const directory = await mkdtemp(join(tmpdir(), 'livepods-dev-'))
after(() => rm(directory, { recursive: true, force: true }))

const processes = () => new PidFiles(join(directory, 'processes'))
const url = (line: RegExpMatchArray) => line[0].match(/http:\S+/)?.[0] ?? ''

/** Where the page is from the first start on. */
const port = await freePort()

interface Photo {
  path: string
  person: { name: string } | null
}

test('the sample photos go through the whole suite, and one person is recognised on two of them', async () => {
  const run = startDevelopment(directory, '--port', `${port}`)
  const page = url(await run.says(/page +http:\S+/))
  assert.equal(page, `http://127.0.0.1:${port}`)
  await run.says(/the samples are through: somebody known on \d of 6 photos/)
  const { images } = (await (await fetch(`${page}/v1/images`)).json()) as { images: Photo[] }
  const fiona = images.filter(({ person }) => person?.name === 'fiona').map(({ path }) => path)
  assert.deepEqual(fiona.sort(), ['sample1.jpg', 'sample3.jpg'])
  const html = await (await fetch(page)).text()
  assert.match(html, /Persons of interest/)
  assert.match(html, /fiona/)
  const [, client = '', ...options] = await run.says(/^ +(\w+) (--defaults-file=\S+) (kube)$/)
  const { stdout } = await promisify(execFile)(client, [...options, '-e', 'SELECT COUNT(*) FROM images'])
  assert.match(stdout, /^6$/m)

  run.child.kill('SIGINT')
  assert.equal(await run.exited, 0)
  assert.deepEqual(await readdir(join(directory, 'processes')), [], 'a process or a lock was left')
})

test('a second start continues where it was, a copy beside it takes other ports, and a third in the same place is refused', async () => {
  const run = startDevelopment(directory)
  const page = url(await run.says(/page +http:\S+/))
  assert.equal(page, `http://127.0.0.1:${port}`)
  await run.says(/the samples are through/)
  const { images } = (await (await fetch(`${page}/v1/images`)).json()) as { images: Photo[] }
  assert.equal(images.length, 6)

  const third = startDevelopment(directory)
  assert.equal(await third.exited, 1)
  assert.match(third.lines.join('\n'), new RegExp(`Process ${run.child.pid} runs in .* already`))

  const elsewhere = await mkdtemp(join(tmpdir(), 'livepods-dev-'))
  const refused = startWith({ FRONTEND_PORT: `${port}` }, elsewhere)
  assert.equal(await refused.exited, 1)
  assert.match(refused.lines.join('\n'), new RegExp(`Port ${port}, chosen for frontend, cannot be had`))

  const ports = JSON.parse(await readFile(join(directory, 'ports.json'), 'utf8')) as Record<string, number>
  const at = (part: string) => `127.0.0.1:${ports[part]}`
  const queue = { NSQ_LOOKUP_ADDRESS: at('nsqlookupd'), PRODUCER_ADDRESS: at('nsqd') }
  const copy = startWith({ ...queue, PRODUCER_HTTP_ADDRESS: at('nsqd-http') }, elsewhere, '--no-samples')
  assert.notEqual(url(await copy.says(/page +http:\S+/)), page)
  const shown = url(await copy.says(/queue +http:\S+ +NSQ, of PRODUCER_HTTP_ADDRESS/))
  assert.equal(shown, `http://${at('nsqd-http')}/stats`)
  copy.child.kill('SIGTERM')
  assert.equal(await copy.exited, 0)
  await rm(elsewhere, { recursive: true })

  // Nobody is left to stop the rest: every process notices by itself that its supervisor is gone.
  run.child.kill('SIGKILL')
  await run.exited
  await eventually(() => assert.deepEqual(processes().alive(), []))
})

test('a start after a crash goes on, and forgets everything when asked to', async () => {
  const run = startDevelopment(directory, '--fresh', '--no-samples')
  const page = url(await run.says(/page +http:\S+/))
  assert.deepEqual(((await (await fetch(`${page}/v1/images`)).json()) as { images: Photo[] }).images, [])
  run.child.kill('SIGTERM')
  assert.equal(await run.exited, 0)
  assert.deepEqual(await readdir(join(directory, 'processes')), [])
})

test('HOST and PORT of the environment are refused with the options that take their place', async () => {
  for (const [variable, value, option] of [
    ['HOST', '0.0.0.0', '--host'],
    ['PORT', '9000', '--port'],
  ] as const) {
    const run = startWith({ [variable]: value }, directory)
    assert.equal(await run.exited, 64)
    assert.match(
      run.lines.join('\n'),
      new RegExp(`${variable} is set in the environment, .* unset it, and use ${option} `),
    )
  }
})

test('an option that does not exist is refused with those that do', async () => {
  const run = startDevelopment(directory, '--fast')
  assert.equal(await run.exited, 64)
  assert.match(run.lines.join('\n'), /'--fast'[\s\S]*--no-samples/)
})
