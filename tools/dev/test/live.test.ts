import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { eventually } from '@livepods/testing'
import { startDevelopment, startWith } from './support/development.ts'

const directory = await mkdtemp(join(tmpdir(), 'livepods-dev-live-'))
after(() => rm(directory, { recursive: true, force: true }))

const pageOf = ([line]: RegExpMatchArray) => line.match(/http:\S+/)?.[0] ?? ''

test('the colour bars are on air', async () => {
  const run = startDevelopment(directory, '--only', 'live')
  const page = pageOf(await run.says(/ live +http:\S+ +what is on air/))
  await eventually(async () => {
    const { streams } = (await (await fetch(`${page}/v1/streams`)).json()) as { streams: { name: string }[] }
    assert.deepEqual(
      streams.map(({ name }) => name),
      ['live/live'],
    )
  })
  await run.says(/ send video +rtmp:\/\/127\.0\.0\.1:\d+\/live +/)
  run.child.kill('SIGTERM')
  assert.equal(await run.exited, 0)
})

test('without ffmpeg one sentence says what to install, and the media server runs', async () => {
  // Nor is there an apt-get that could bring it.
  const run = startWith({ PATH: '' }, directory, '--only', 'live')
  const page = pageOf(await run.says(/ live +http:\S+ +what is on air/))
  await run.says(/Stop with Ctrl-C/)
  const sentences = run.lines.filter((line) => line.includes('ffmpeg'))
  assert.equal(sentences.length, 1, sentences.join('\n'))
  assert.match(sentences[0] ?? '', /live: colorbar is not started: ffmpeg is missing; .*apt-get install ffmpeg/)
  assert.match(await (await fetch(page)).text(), /Nothing is on air/)
  run.child.kill('SIGTERM')
  assert.equal(await run.exited, 0)
})
