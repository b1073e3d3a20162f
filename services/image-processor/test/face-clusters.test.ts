import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FaceClusters, sameWithin } from '../src/face-clusters.ts'
import { descriptorAt } from './support/recognitions.ts'

function clustersOf(faces: Record<string, number[]>): FaceClusters {
  const clusters = new FaceClusters(0.45)
  for (const [cluster, places] of Object.entries(faces))
    for (const at of places) clusters.add(cluster, descriptorAt(at))
  return clusters
}

test('a face joins the cluster with the smallest mean distance, up to 0.45', () => {
  const clusters = clustersOf({ a: [0], b: [1] })
  assert.equal(clusters.clusterOf(descriptorAt(0.4)), 'a')
  assert.equal(clusters.clusterOf(descriptorAt(0.5625)), 'b')
  assert.equal(clusters.clusterOf(descriptorAt(1.4375)), 'b')
  assert.equal(clusters.clusterOf(descriptorAt(1.46875)), undefined)
})

test('a near face is not enough when the others of the cluster are far', () => {
  assert.equal(clustersOf({ a: [0, 1.25] }).clusterOf(descriptorAt(-0.25)), undefined)
  assert.equal(clustersOf({ a: [0, 0.5] }).clusterOf(descriptorAt(-0.125)), 'a')
})

test('only the first four faces say what a cluster looks like', () => {
  const clusters = clustersOf({ a: [0, 0, 0, 0, 2, 2, 2, 2, 2, 2] })
  assert.equal(clusters.clusterOf(descriptorAt(0.25)), 'a')
  assert.equal(clusters.clusterOf(descriptorAt(2)), undefined)
})

test('a cluster that gets its own name keeps its faces and the count of them', () => {
  const clusters = clustersOf({ provisional: [0, 0, 0], other: [9] })
  clusters.rename(new Map([['provisional', '7']]))
  clusters.add('7', descriptorAt(0))
  clusters.add('7', descriptorAt(3))
  assert.equal(clusters.clusterOf(descriptorAt(0.4375)), '7')
  assert.equal(clusters.clusterOf(descriptorAt(9)), 'other')
})

test('a poor face has to be nearer', () => {
  const clusters = clustersOf({ a: [0] })
  assert.equal(clusters.clusterOf(descriptorAt(0.40625), { isGood: false }), undefined)
  assert.equal(clusters.clusterOf(descriptorAt(0.375), { isGood: false }), 'a')
})

test('hundreds of clusters keep apart', () => {
  const clusters = new FaceClusters(0.45)
  for (let i = 0; i < 300; i++) clusters.add(`${i}`, descriptorAt(i))
  for (let i = 0; i < 300; i++) assert.equal(clusters.clusterOf(descriptorAt(i + 0.25)), `${i}`)
})

test('which distance is that of one person follows the engine', () => {
  assert.equal(sameWithin('1e8798207adbe56bd2897f29f303ac6a'), 0.45)
  assert.equal(sameWithin('opencv-207adbe56bd2897f29f303ac6'), 0.52)
})
