import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Accuracy, accuracyFindings, THRESHOLDS } from '../../src/faces/accuracy.ts'
import { DOCUMENTED, OURS, PYTHON } from '../../src/faces/engines.ts'
import { galleryFindings } from '../../src/faces/galleries.ts'
import { pressureFindings } from '../../src/faces/pressure.ts'
import { speedFindings } from '../../src/faces/speed.ts'
import { MEGAPIXEL } from '../../src/faces/speed-photos.ts'
import { steadinessFindings } from '../../src/faces/steadiness.ts'
import { ONE_WORKER, TWO_WORKERS, throughputFindings } from '../../src/faces/throughput.ts'
import { SERVICE } from '../../src/faces/watched-service.ts'
import { Series } from '../../src/series.ts'
import type { Target } from '../../src/targets.ts'
import { seriesOf } from '../support/series-of.ts'

const nobody = { right: 0, wrong: 0, none: 0 }
const reached = (targets: Target[]) => targets.map(({ reached, holds }) => [reached, holds])

function accuracy(trueMatches: number, falseMatches: number): Accuracy {
  return {
    photos: 10,
    withoutFace: 0,
    genuine: 20,
    impostor: 25,
    decisions: THRESHOLDS.map(() => ({ trueMatches, falseMatches, correct: trueMatches + 25 - falseMatches })),
    rates: { equal: 0.004, trueMatches: 0.99 },
    grouping: { within: 0.45, f1: 0.8, wrong: 1 },
    correctWhereGrouped: 495,
    identification: { compat: { known: { right: 1, wrong: 0, none: 0 }, groups: nobody, strangers: nobody } },
  }
}

test('each target has what was reached, and whether it holds', () => {
  const speed = seriesOf({
    [MEGAPIXEL]: { [OURS]: { restCpuMs: 10, allCpuMs: 20 }, [PYTHON]: { restCpuMs: 250, allCpuMs: 250 } },
  })
  assert.deepEqual(reached(speedFindings(speed).targets), [
    ['25.0×', true],
    ['12.5×', false],
  ])
  const throughput = seriesOf({
    [OURS]: {
      [ONE_WORKER]: { imagesPerSecond: 10, residentMegabytes: 200 },
      [TWO_WORKERS]: { imagesPerSecond: 16, residentMegabytes: 351 },
    },
  })
  assert.deepEqual(reached(throughputFindings(throughput).targets), [
    ['1.60×', true],
    ['351 MB', false],
  ])
})

test('targets whose peers did not take part are left out', () => {
  const nothing = new Series([], [])
  for (const { targets } of [speedFindings(nothing), throughputFindings(nothing), accuracyFindings({})])
    assert.deepEqual(targets, [])
})

test('memory may be 5 % more or less than in the second thousand photos', () => {
  const steadiness = (megabytes: number[]) => {
    const rows = megabytes.map((residentMegabytes, i) => [`${i + 1}`, { [SERVICE]: { residentMegabytes } }])
    return reached(steadinessFindings(seriesOf(Object.fromEntries(rows))).targets)
  }
  assert.deepEqual(steadiness([100, 300, 309, 303]), [['+ 3.00 %', true]])
  assert.deepEqual(steadiness([100, 300, 303, 265]), [['− 11.7 %', false]])
})

test('a full queue and known people have targets in the rows that these are for', () => {
  const pressure = seriesOf({
    'queue full, both workers busy': {
      [SERVICE]: { healthMedianMs: 2, healthP99Ms: 20, lagP99Ms: 11, lagLongestMs: 30 },
    },
  })
  assert.deepEqual(reached(pressureFindings(pressure).targets), [
    ['20.0 ms', true],
    ['11.0 ms', false],
  ])
  const known = { addedMegabytes: 120, changedMegabytes: 121, match8Ms: 5, match1Ms: 1, changePauseMs: 10 }
  const galleries = seriesOf({
    '10000 known images': { [SERVICE]: { startSeconds: 2, ...known } },
    '100000 known images': { [SERVICE]: { startSeconds: 9, ...known } },
  })
  assert.deepEqual(reached(galleryFindings(galleries).targets), [
    ['2.00 s', true],
    ['1.00 ms', true],
    ['120 MB', true],
    ['121 MB', false],
    ['5.00 ms', true],
    ['10.0 ms', true],
  ])
})

test('accuracy is compared where it is closest, false matches the other way round', () => {
  const accuracies = { [OURS]: accuracy(19, 2), [DOCUMENTED]: accuracy(18, 1), [PYTHON]: accuracy(20, 2) }
  assert.deepEqual(
    accuracyFindings(accuracies).targets.map(({ name, holds }) => [name, holds]),
    [
      [`true matches against ${DOCUMENTED}, 0.6 and 0.55`, true],
      [`true matches against ${PYTHON}, 0.6 and 0.55`, false],
      [`correct decisions against ${DOCUMENTED}, 0.45 to 0.60`, true],
      [`false matches against ${PYTHON}, 0.6 and 0.55`, true],
      ['errors in the compat set', true],
      ['onnx: equal error rate', true],
      ['onnx: true matches at a false match rate of 0.001', true],
      ['onnx: correct decisions where it groups', true],
      ['onnx: F1 of grouping', false],
      ['onnx: wrong pairs of grouping', false],
    ],
  )
})
