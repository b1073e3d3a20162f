import assert from 'node:assert/strict'
import { test } from 'node:test'
import { recallFindings, recallOf } from '../../src/faces/recall.ts'

const box = (x: number, width = 0.1) => ({ x, y: 0, width, height: 0.1 })
const seen = (x: number, descriptor: number, width?: number) => ({ box: box(x, width), descriptor: [descriptor] })

test('each face counts once; boxes beside it are doubles, boxes elsewhere are invented', () => {
  const photos = [{ path: 'a', faces: [box(0), box(0.2), box(0.4)] }]
  const found = [[seen(0.01, 1), seen(0.03, 1), seen(0.21, 5), seen(0.8, 9)]]
  assert.deepEqual(recallOf(photos, found, [[[1.1], [1], [2]]]), {
    photos: 1,
    faces: 3,
    found: 2,
    recognised: 1,
    doubles: 1,
    invented: 1,
  })
})

test('a face that was not found on the undamaged photo is found, not recognised', () => {
  const photos = [{ path: 'a', faces: [box(0)] }]
  assert.deepEqual(recallOf(photos, [[seen(0, 1)]], [[undefined]]).recognised, 0)
})

test('a face may be one of another photo', () => {
  const crowd = [
    {
      path: 'a',
      faces: [box(0), box(0.5)],
      sources: [
        { photo: 1, face: 0 },
        { photo: 0, face: 0 },
      ],
    },
  ]
  const known = [[[7]], [[1]]]
  assert.equal(recallOf(crowd, [[seen(0, 1), seen(0.5, 7)]], known).recognised, 2)
})

test('tables have a row for each damage and a column for each engine; doubles are a target', () => {
  const numbers = { photos: 1, faces: 2, found: 1, recognised: 1, doubles: 1, invented: 0, cpuMs: 12 }
  const { tables, targets } = recallFindings({
    'turned by 90°': { onnx: numbers },
    flat: { onnx: { ...numbers, recognised: 2 }, other: numbers },
    'without a face': { opencv: { ...numbers, faces: 0, found: 0, recognised: 0, doubles: 0, invented: 6 } },
  })
  assert.deepEqual(tables[0]?.columns, ['photos', 'onnx', 'other', 'opencv'])
  assert.deepEqual(tables[0]?.rows, [
    ['turned by 90°', '1 / 1 / 2', '–', '–'],
    ['flat', '1 / 2 / 2', '1 / 1 / 2', '–'],
    ['without a face', '–', '–', '–'],
  ])
  assert.deepEqual(
    targets.map(({ name, holds }) => [name, holds]),
    [
      ['onnx: faces recognised, turned by 90°', false],
      ['onnx: faces recognised, all eight kinds of damage', true],
      ['onnx: doubles on all of these photos', false],
      ['opencv: doubles on all of these photos', true],
      ['opencv: false faces on photos without one', false],
    ],
  )
})
