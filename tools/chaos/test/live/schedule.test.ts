import assert from 'node:assert/strict'
import { test } from 'node:test'
import { declarationsIn, edgesOf, ofGroup, serversIn } from '@livepods/system'
import { live } from '../../src/live/live.ts'
import { SITUATIONS } from '../../src/live/situations.ts'
import { ENCODERS, REPLICAS } from '../../src/live/targets.ts'
import { nemesesOf } from '../../src/nemesis.ts'
import { scheduleOf } from '../../src/schedule.ts'

const { profiles, targets } = live
const nemeses = nemesesOf(live)

test('a storm of five minutes has every nemesis but full disks, and kills of all at once, which lose every window', () => {
  const all = Object.keys(nemeses).filter(
    (name) => !(name in SITUATIONS) && name !== 'disk-full' && name !== 'wrong-order',
  )
  for (const seed of [1, 2, 3]) {
    const faults = scheduleOf(seed, profiles.default, nemeses)
    assert.deepEqual(new Set(faults.map(({ nemesis }) => nemesis)), new Set(all))
  }
})

test('the smoke storm kills, replaces and stops replicas, and cuts them off from each other', () => {
  const faults = scheduleOf(profiles.smoke.seed, profiles.smoke, nemeses)
  const of = (name: string) => faults.filter(({ nemesis }) => nemesis === name)
  for (const name of ['kill', 'roll', 'stop', 'black-hole', 'reset', 'cut']) assert.ok(of(name).length > 0, name)
})

test('the targets are all processes of the group, and connections that there are', async () => {
  const servers = serversIn(ofGroup('live', await declarationsIn())).filter(({ kind }) => kind === 'service')
  const copies = { 'media-server': REPLICAS.length, colorbar: ENCODERS.length }
  assert.deepEqual(servers.map(({ name }) => name).toSorted(), Object.keys(copies).toSorted())
  const edges = await edgesOf(servers, copies)
  assert.deepEqual(
    targets.edges.filter((edge) => !edges.includes(edge)),
    [],
  )
})
