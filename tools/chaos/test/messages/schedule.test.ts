import assert from 'node:assert/strict'
import { test } from 'node:test'
import { declarationsIn, edgesOf, ofGroup, serversIn } from '@livepods/system'
import { messages } from '../../src/messages/messages.ts'
import { SITUATIONS } from '../../src/messages/situations.ts'
import { RELAYS, SENDERS, SINKS } from '../../src/messages/targets.ts'
import { nemesesOf } from '../../src/nemesis.ts'
import { scheduleOf } from '../../src/schedule.ts'

const { profiles, targets } = messages
const nemeses = nemesesOf(messages)

test('a storm of five minutes has every nemesis but rolls: a folder has one process at a time', () => {
  const all = Object.keys(nemeses).filter((name) => !(name in SITUATIONS) && name !== 'roll')
  for (const seed of [1, 2, 3]) {
    const faults = scheduleOf(seed, profiles.default, nemeses)
    assert.deepEqual(new Set(faults.map(({ nemesis }) => nemesis)), new Set(all))
  }
})

test('the smoke storm kills every process, two of them in a sync, and fills a disk', () => {
  const faults = scheduleOf(profiles.smoke.seed, profiles.smoke, nemeses)
  const of = (name: string) => faults.filter(({ nemesis }) => nemesis === name).map(({ target }) => target)
  assert.deepEqual(new Set(of('kill')), new Set<string>(targets.processes))
  assert.equal(new Set(of('kill-in-sync')).size, 2)
  assert.equal(of('disk-full').length, 1)
})

test('the targets are all processes of the group, and connections that there are', async () => {
  const servers = serversIn(ofGroup('messages', await declarationsIn())).filter(({ kind }) => kind === 'service')
  const copies = { sender: SENDERS.length, relay: RELAYS.length, sink: SINKS.length }
  assert.deepEqual(servers.map(({ name }) => name).toSorted(), Object.keys(copies).toSorted())
  const edges = await edgesOf(servers, copies)
  assert.deepEqual(
    targets.edges.filter((edge) => !edges.includes(edge)),
    [],
  )
})
