import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Accuracy, THRESHOLDS } from '../../src/faces/accuracy.ts'
import { DOCUMENTED, ONE_WORKER, OURS, PYTHON, TWO_WORKERS } from '../../src/faces/engines.ts'
import { MEGAPIXEL } from '../../src/faces/speed-photos.ts'
import { targetsOf } from '../../src/faces/targets.ts'
import { SERVICE } from '../../src/faces/watched-service.ts'
import { Series } from '../../src/series.ts'

const nobody = { right: 0, wrong: 0, none: 0 }

function accuracy(trueMatches: number, falseMatches: number): Accuracy {
  return {
    photos: 10,
    withoutFace: 0,
    genuine: 20,
    impostor: 25,
    decisions: THRESHOLDS.map(() => ({ trueMatches, falseMatches, correct: trueMatches + 25 - falseMatches })),
    identification: { compat: { known: { right: 1, wrong: 0, none: 0 }, groups: nobody, strangers: nobody } },
  }
}

function measured(ours: number, python: number, two: number) {
  const speed = new Series([MEGAPIXEL], [OURS, PYTHON])
  speed.add(MEGAPIXEL, OURS, { restCpuMs: ours, allCpuMs: ours * 2 })
  speed.add(MEGAPIXEL, PYTHON, { restCpuMs: python, allCpuMs: python })
  const throughput = new Series([OURS], [ONE_WORKER, TWO_WORKERS])
  throughput.add(OURS, ONE_WORKER, { imagesPerSecond: 10, residentMegabytes: 200 })
  throughput.add(OURS, TWO_WORKERS, { imagesPerSecond: two, residentMegabytes: 351 })
  return { speed, throughput, accuracies: {} }
}

test('each target has what was reached, and whether it holds', () => {
  const targets = targetsOf(measured(10, 250, 16)).map(({ reached, holds }) => ({ reached, holds }))
  assert.deepEqual(targets, [
    { reached: '25.0×', holds: true },
    { reached: '12.5×', holds: false },
    { reached: '1.60×', holds: true },
    { reached: '351 MB', holds: false },
  ])
})

test('targets whose peers did not take part are left out', () => {
  const nothing = new Series([], [])
  assert.deepEqual(targetsOf({ speed: nothing, throughput: nothing, accuracies: {} }), [])
})

test('memory may be 5 % more or less than in the second thousand photos', () => {
  const steadiness = (megabytes: number[]) => {
    const series = new Series(['1', '2', '3', '4'], [SERVICE])
    for (const [i, residentMegabytes] of megabytes.entries()) series.add(`${i + 1}`, SERVICE, { residentMegabytes })
    const nothing = new Series([], [])
    return targetsOf({ speed: nothing, throughput: nothing, accuracies: {}, steadiness: series })
  }
  const of = (megabytes: number[]) => steadiness(megabytes).map(({ reached, holds }) => [reached, holds])
  assert.deepEqual(of([100, 300, 309, 303]), [['+ 3.00 %', true]])
  assert.deepEqual(of([100, 300, 303, 265]), [['− 11.7 %', false]])
})

test('accuracy is compared where it is closest, false matches the other way round', () => {
  const accuracies = { [OURS]: accuracy(19, 2), [DOCUMENTED]: accuracy(18, 1), [PYTHON]: accuracy(20, 2) }
  const nothing = new Series([], [])
  const targets = targetsOf({ speed: nothing, throughput: nothing, accuracies })
  assert.deepEqual(
    targets.map(({ name, holds }) => [name, holds]),
    [
      [`true matches against ${DOCUMENTED}, 0.6 and 0.55`, true],
      [`true matches against ${PYTHON}, 0.6 and 0.55`, false],
      [`correct decisions against ${DOCUMENTED}, 0.45 to 0.60`, true],
      [`false matches against ${PYTHON}, 0.6 and 0.55`, true],
      ['errors in the compat set', true],
    ],
  )
})
