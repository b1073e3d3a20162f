import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { type ClientState, GuiRpcError, type Task } from '@livepods/boinc'
import { createLog, readEnvironment } from '@livepods/service'
import { drainMs } from '../src/boinc.ts'
import { Env, MARGIN_SECONDS, QUIT_SECONDS } from '../src/config.ts'
import { drain } from '../src/drain.ts'
import { DrainMarker } from '../src/drain-marker.ts'
import { projectWith, taskWith } from './support/project.ts'

const log = createLog('test', 'silent')
let folder: string
let marker: DrainMarker
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'boinc-drain-'))
  marker = new DrainMarker(folder)
})
afterEach(async () => await rm(folder, { recursive: true }))

/** A client whose tasks are what `tasks` says at the first look, the second, and so on. */
function clientWith(projects: ClientState['projects'], ...tasks: Task[][]) {
  const told: string[] = []
  let looks = 0
  return {
    told,
    state: async (): Promise<ClientState> => ({
      version: '7',
      projects,
      tasks: tasks[Math.min(looks++, tasks.length - 1)] ?? [],
      failedTransfers: 0,
    }),
    project: async (command: string, url: string) => void told.push(`${command} ${url}`),
    task: async (command: string, { name }: Pick<Task, 'name'>) => void told.push(`${command} ${name}`),
  }
}

test('no project gives more, what does not run is not begun, and each task is suspended behind its next checkpoint', async () => {
  const projects = [projectWith({}), projectWith({ url: 'http://b.example/', wantsNoMoreWork: true })]
  const waits = taskWith({ name: 'waits', state: 'waiting', isLoaded: false })
  const [one, two] = [taskWith({ name: 'one' }), taskWith({ name: 'two' })]
  const client = clientWith(
    projects,
    [one, two, waits],
    [{ ...one, cpuSeconds: 11 }, two, waits],
    [{ ...one, cpuSeconds: 12.5, checkpointCpuSeconds: 12 }, two, waits],
    [{ ...one, state: 'suspended' }, { ...two, cpuSeconds: 20, checkpointCpuSeconds: 20 }, waits],
  )
  const drained = await drain({ client, marker, withinMs: 60_000, log, everyMs: 1 })
  assert.deepEqual(client.told, ['nomorework http://a.example/', 'suspend waits', 'suspend one', 'suspend two'])
  assert.deepEqual(drained, [
    { name: 'one', lostCpuSeconds: 0.5 },
    { name: 'two', lostCpuSeconds: 0 },
  ])
  client.told.length = 0
  assert.equal(await marker.undo(client), true)
  // That of b was the wish of somebody else.
  assert.deepEqual(client.told, ['allowmorework http://a.example/', 'resume one', 'resume two', 'resume waits'])
  assert.equal(await marker.undo(client), false)
})

test('a task that ends, and one that somebody suspends, is not waited for', async () => {
  const [one, two] = [taskWith({ name: 'one' }), taskWith({ name: 'two' })]
  const client = clientWith([], [one, two], [{ ...two, state: 'suspended' }])
  await drain({ client, marker, withinMs: 60_000, log, everyMs: 1 })
  assert.deepEqual(client.told, [])
})

test('a task that never checkpoints is waited for until the time is over, and what it loses is told', async () => {
  const client = clientWith([], [taskWith({ cpuSeconds: 10, checkpointCpuSeconds: 0 })])
  const drained = await drain({ client, marker, withinMs: 20, log, everyMs: 1 })
  assert.deepEqual(drained, [{ name: 'one', lostCpuSeconds: 10 }])
})

test('a drain that cannot be written down, on a full disk, waits for checkpoints, and leaves nothing that nobody would undo', async () => {
  const one = taskWith({})
  const waits = taskWith({ name: 'waits', state: 'waiting', isLoaded: false })
  const client = clientWith(
    [projectWith({})],
    [one, waits],
    [{ ...one, cpuSeconds: 12, checkpointCpuSeconds: 12 }, waits],
  )
  const full = { write: () => Promise.reject(new Error('ENOSPC: no space left on device')) }
  const drained = await drain({ client, marker: full, withinMs: 60_000, log, everyMs: 1 })
  assert.deepEqual([client.told, drained], [[], [{ name: 'one', lostCpuSeconds: 0 }]])
})

test('what is gone when a drain is undone is passed over; a client that does not answer is asked again', async () => {
  await marker.write({ projects: ['http://a.example/'], tasks: [{ project: 'http://a.example/', name: 'one' }] })
  const away = {
    project: () => Promise.reject(new GuiRpcError('CLOSED', 'away')),
    task: () => Promise.reject(new GuiRpcError('CLOSED', 'away')),
  }
  await assert.rejects(marker.undo(away), { code: 'CLOSED' })
  const gone = {
    project: () => Promise.reject(new GuiRpcError('REFUSED', 'no such project')),
    task: () => Promise.reject(new GuiRpcError('REFUSED', 'no such task')),
  }
  assert.equal(await marker.undo(gone), true)
  assert.equal(await marker.undo(gone), false)
})

test('a drain leaves the client its time to end: on a node that goes in 25 seconds, too', () => {
  const { DRAIN_SECONDS, STOP_WITHIN_SECONDS } = readEnvironment(Env, {})
  assert.equal(drainMs({ DRAIN_SECONDS, STOP_WITHIN_SECONDS }), 300_000)
  assert.equal(STOP_WITHIN_SECONDS, DRAIN_SECONDS + QUIT_SECONDS + MARGIN_SECONDS)
  assert.equal(drainMs({ DRAIN_SECONDS, STOP_WITHIN_SECONDS: 25 }), 10_000)
  assert.equal(drainMs({ DRAIN_SECONDS: 5, STOP_WITHIN_SECONDS: 25 }), 5000)
})
