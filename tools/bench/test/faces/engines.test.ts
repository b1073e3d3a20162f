import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { faceEngines, OURS } from '../../src/faces/engines.ts'
import { Field } from '../../src/faces/field.ts'
import { measureSpeed } from '../../src/faces/speed.ts'
import { MEGAPIXEL, makeSpeedPhotos, SMALL } from '../../src/faces/speed-photos.ts'
import { measureThroughput } from '../../src/faces/throughput.ts'
import { KeptProgress } from '../support/progress.ts'

const progress = new KeptProgress()
const folder = mkdtempSync(join(tmpdir(), 'bench-test-'))
after(() => rmSync(folder, { recursive: true }))
const engines = faceEngines('/nowhere/python', join(folder, 'compiled'))
const ours = engines.filter(({ name }) => name === OURS)

test('the engine of the service is timed, alone and under load', async () => {
  const photos = (await makeSpeedPhotos(folder)).filter(({ name }) => name === SMALL || name === MEGAPIXEL)
  await using field = await Field.start(ours, 1, progress)
  const common = { runners: field.runners, rounds: 1, warmUp: 0, forMs: 0, progress }
  const speed = await measureSpeed({ ...common, photos })
  for (const row of speed.rows) {
    const reading = (name: string) => speed.summary(row, { candidate: OURS, reading: name })?.median ?? 0
    assert.equal(reading('faces'), 1, row)
    for (const name of ['decodeMs', 'restMs', 'decodeCpuMs', 'restCpuMs'])
      assert.ok(reading(name) > 0, `${row}: ${name}`)
    assert.equal(reading('allCpuMs'), reading('decodeCpuMs') + reading('restCpuMs'))
  }
  const throughput = await measureThroughput({
    ...common,
    lanes: [{ name: 'one', runners: field.runners, workers: 1 }],
    paths: photos.map(({ path }) => path),
    forMs: 1,
  })
  assert.ok((throughput.summary(OURS, { candidate: 'one', reading: 'imagesPerSecond' })?.median ?? 0) > 0)
})

test('an engine that cannot take part is left out with the reason', async () => {
  const python = engines.filter(({ name }) => name.startsWith('Python'))
  await using field = await Field.start(python, 1, new KeptProgress())
  assert.equal(field.runners.length, 0)
  assert.deepEqual(
    [...field.absent.values()].map((reason) => /\/nowhere\/python cannot be started/.test(reason)),
    [true, true, true],
  )
})
