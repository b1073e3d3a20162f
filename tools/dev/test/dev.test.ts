import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { PidFiles } from '@livepods/system'
import { eventually } from '@livepods/testing'
import { startDevelopment } from './support/development.ts'

const directory = await mkdtemp(join(tmpdir(), 'livepods-dev-'))
after(() => rm(directory, { recursive: true, force: true }))

const processes = () => new PidFiles(join(directory, 'processes'))
const url = (line: RegExpMatchArray) => line[0].match(/http:\S+/)?.[0] ?? ''

interface Photo {
  path: string
  person: { name: string } | null
}

test('the sample photos go through the whole suite, and one person is recognised on two of them', async () => {
  const run = startDevelopment(directory)
  const page = url(await run.says(/page +http:\S+/))
  await run.says(/the samples are through: somebody known on \d of 6 photos/)
  const { images } = (await (await fetch(`${page}/v1/images`)).json()) as { images: Photo[] }
  const fiona = images.filter(({ person }) => person?.name === 'fiona').map(({ path }) => path)
  assert.deepEqual(fiona.sort(), ['sample1.jpg', 'sample3.jpg'])
  const html = await (await fetch(page)).text()
  assert.match(html, /Persons of interest/)
  assert.match(html, /fiona/)

  run.child.kill('SIGINT')
  assert.equal(await run.exited, 0)
  assert.deepEqual(await readdir(join(directory, 'processes')), [], 'a process or a lock was left')
})

test('a second start continues, a copy beside it takes other ports, and a third in the same place is refused', async () => {
  const run = startDevelopment(directory)
  const page = url(await run.says(/page +http:\S+/))
  await run.says(/the samples are through/)
  const { images } = (await (await fetch(`${page}/v1/images`)).json()) as { images: Photo[] }
  assert.equal(images.length, 6)

  const third = startDevelopment(directory)
  assert.equal(await third.exited, 1)
  assert.match(third.lines.join('\n'), new RegExp(`Process ${run.child.pid} runs in .* already`))

  const elsewhere = await mkdtemp(join(tmpdir(), 'livepods-dev-'))
  const copy = startDevelopment(elsewhere, '--no-samples')
  assert.notEqual(url(await copy.says(/page +http:\S+/)), page)
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

test('an option that does not exist is refused with those that do', async () => {
  const run = startDevelopment(directory, '--fast')
  assert.equal(await run.exited, 64)
  assert.match(run.lines.join('\n'), /'--fast'[\s\S]*--no-samples/)
})
