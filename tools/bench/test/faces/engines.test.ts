import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { faceEngines, OURS } from '../../src/faces/engines.ts'
import { Runners } from '../../src/faces/runners.ts'
import { measureSpeed } from '../../src/faces/speed.ts'
import { MEGAPIXEL, makeSpeedPhotos, SMALL } from '../../src/faces/speed-photos.ts'
import { measureThroughput, ONE_WORKER } from '../../src/faces/throughput.ts'
import { tinyBench } from '../support/tiny-bench.ts'

const bench = tinyBench()
const folder = mkdtempSync(join(tmpdir(), 'bench-test-'))
after(() => rmSync(folder, { recursive: true }))
const engines = faceEngines('/nowhere/python', join(folder, 'compiled'))
const ours = engines.filter(({ name }) => name === OURS)

test('the engine of the service is timed, alone and under load', async () => {
  const photos = (await makeSpeedPhotos(folder)).filter(({ name }) => name === SMALL || name === MEGAPIXEL)
  await using runners = await Runners.start(ours, 1, bench.progress)
  const speed = await measureSpeed(runners.running, photos, bench)
  for (const row of speed.rows) {
    const reading = (name: string) => speed.summary(row, { candidate: OURS, reading: name })?.median ?? 0
    assert.equal(reading('faces'), 1, row)
    for (const name of ['decodeMs', 'restMs', 'decodeCpuMs', 'restCpuMs'])
      assert.ok(reading(name) > 0, `${row}: ${name}`)
    assert.equal(reading('allCpuMs'), reading('decodeCpuMs') + reading('restCpuMs'))
  }
  const paths = photos.map(({ path }) => path)
  const throughput = await measureThroughput([runners], paths, bench)
  assert.ok((throughput.summary(OURS, { candidate: ONE_WORKER, reading: 'imagesPerSecond' })?.median ?? 0) > 0)
})

test('an engine that cannot take part is left out with the reason', async () => {
  const python = engines.filter(({ name }) => name.startsWith('Python'))
  await using runners = await Runners.start(python, 1, bench.progress)
  assert.equal(runners.running.length, 0)
  assert.deepEqual(
    [...runners.absent.values()].map((reason) => /\/nowhere\/python cannot be started/.test(reason)),
    [true, true, true],
  )
})
