import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Message, Project } from '@livepods/boinc'
import { readinessOf } from '../src/readiness.ts'
import { projectWith } from './support/project.ts'

const ACCOUNT = { url: 'http://a.example/', key: 'key of a' }

const readiness = (
  projects: Project[],
  { suspended = [] as string[], accounts = [ACCOUNT], texts = [] as string[] } = {},
) =>
  readinessOf({
    accounts,
    state: { version: '7', projects, tasks: [], failedTransfers: 0 },
    status: { suspended, networkSuspended: [] },
    messages: texts.map((text, index): Message => ({ number: index + 1, project: 'A', at: new Date(0), text })),
  })

describe('ready is', () => {
  const CASES: [what: string, state: string, isReady: boolean, made: ReturnType<typeof readiness>][] = [
    ['who has nothing declared', 'unattached', true, readiness([], { accounts: [] })],
    ['who is attached', 'attached', true, readiness([projectWith({})])],
    ['who is attached by hand', 'attached', true, readiness([projectWith({})], { accounts: [] })],
    ['who measures the processor', 'attached', true, readiness([projectWith({})], { suspended: ['benchmarks'] })],
    ['who is throttled', 'attached', true, readiness([projectWith({})], { suspended: ['throttled'] })],
    ['not who waits for a project', 'attaching', false, readiness([])],
    ['not whose key was not taken', 'attaching', false, readiness([projectWith({ hostId: 0 })])],
    ['not who computes nothing', 'suspended', false, readiness([projectWith({})], { suspended: ['disk is full'] })],
    ['a key that is revoked later changes nothing', 'attached', true, readiness([projectWith({ failedCalls: 3 })])],
  ]
  for (const [what, state, isReady, made] of CASES)
    test(what, () => assert.deepEqual({ state: made.state, isReady: made.isReady }, { state, isReady }))
})

test('why a project has not taken us in is what the client last said of it, but for what it always says', () => {
  const texts = ['Invalid or missing account key.', 'Project requested delay of 3600 seconds']
  const { why } = readiness([projectWith({ hostId: 0 })], { texts })
  assert.equal(why, 'http://a.example/ has not taken us in: Invalid or missing account key.')
  assert.match(readiness([]).why, /it has not answered yet/)
})
