import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Message, Project } from '@livepods/boinc'
import { readinessOf } from '../src/readiness.ts'
import { projectWith } from './support/project.ts'

const MANAGER = { url: 'http://manager.example/', name: 'Manager' }
const ACCOUNT = { url: 'http://a.example/', key: 'key of a' }

const readiness = (
  projects: Project[],
  {
    suspended = [] as string[],
    accounts = [ACCOUNT],
    texts = [] as string[],
    isFollowing = true,
    isManaged = false,
    pause = undefined as string | undefined,
  } = {},
) =>
  readinessOf({
    declared: isManaged
      ? { accounts: [], manager: { ...MANAGER, password: 'password' } }
      : { accounts, manager: undefined },
    manager: isManaged && isFollowing ? MANAGER : undefined,
    state: { version: '7', projects, tasks: [], failedTransfers: 0 },
    status: { suspended, networkSuspended: [] },
    messages: texts.map((text, index): Message => ({ number: index + 1, project: 'A', at: new Date(0), text })),
    pause,
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
    [
      'not whom no account manager has taken in',
      'attaching',
      false,
      readiness([], { isManaged: true, isFollowing: false }),
    ],
    ['who follows one that names no project', 'unattached', true, readiness([], { isManaged: true })],
    [
      'not who waits for a project of an account manager',
      'attaching',
      false,
      readiness(
        [projectWith({ isManaged: true }), projectWith({ url: 'http://b.example/', isManaged: true, hostId: 0 })],
        {
          isManaged: true,
        },
      ),
    ],
    [
      'who is attached to all that an account manager names',
      'attached',
      true,
      readiness([projectWith({ isManaged: true })], { isManaged: true }),
    ],
    ['a key that is revoked later changes nothing', 'attached', true, readiness([projectWith({ failedCalls: 3 })])],
  ]
  for (const [what, state, isReady, made] of CASES)
    test(what, () => assert.deepEqual({ state: made.state, isReady: made.isReady }, { state, isReady }))
})

test('why tasks wait is told in words of ours, where it was us', () => {
  const seen = { projects: [projectWith({})], suspended: ['asked to', 'time of day'] }
  assert.equal(readiness(seen.projects, seen).why, 'Nothing is computed: asked to, time of day.')
  const paused = readiness(seen.projects, { ...seen, pause: 'the volume is full' })
  assert.deepEqual([paused.isReady, paused.why], [false, 'Nothing is computed: the volume is full, time of day.'])
})

test('why a project has not taken us in is what the client last said of it, but for what it always says', () => {
  const texts = ['Invalid or missing account key.', 'Project requested delay of 3600 seconds']
  const { why } = readiness([projectWith({ hostId: 0 })], { texts })
  assert.equal(why, 'http://a.example/ has not taken us in: Invalid or missing account key.')
  assert.match(readiness([]).why, /it has not answered yet/)
})
