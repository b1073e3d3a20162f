import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { createLog, readEnvironment } from '@livepods/service'
import { freePort } from '@livepods/system'
import { BoincProject, eventually } from '@livepods/testing'
import { ClientProcess } from '../src/client-process.ts'
import { Env } from '../src/config.ts'
import { prepare } from '../src/prepare.ts'
import { Worker } from '../src/worker.ts'
import { CLIENT, skip as skipClient, Volume } from './support/start.ts'

const { LIBFAKETIME } = process.env
const skip = skipClient || (LIBFAKETIME ? false : 'LIBFAKETIME names no libfaketime.so.1')
const DAY = 86_400
const log = createLog('test', 'silent')

let folder: string
let volume: Volume
/** By how many seconds the clock of client and worker is ahead. */
let offset = 0
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'boinc-clock-'))
  volume = await Volume.make()
})
after(async () => {
  await rm(folder, { recursive: true })
  await volume[Symbol.asyncDispose]()
})

async function setClock(seconds: number): Promise<void> {
  offset = seconds
  await writeFile(join(folder, 'offset'), `+${seconds}\n`)
}

/** A client whose clock can be set. What it waits for by the monotonic clock goes on as ever. */
async function clientWithClock(): Promise<string> {
  const program = join(folder, 'client')
  const variables = [
    `LD_PRELOAD=${LIBFAKETIME}`,
    `FAKETIME_TIMESTAMP_FILE=${join(folder, 'offset')}`,
    'FAKETIME_NO_CACHE=1',
    'FAKETIME_DONT_FAKE_MONOTONIC=1',
    // Programs of tasks.
    'FAKETIME_SKIP_CMDS=node',
  ]
  await writeFile(program, `#!/bin/sh\nexport ${variables.join(' ')}\nexec ${CLIENT} "$@"\n`, { mode: 0o755 })
  return program
}

async function startWorker(): Promise<{ worker: Worker } & AsyncDisposable> {
  const port = await freePort()
  const config = readEnvironment(Env, { BOINC_DIR: volume.data, CHECKPOINT_SECONDS: '1' })
  const options = { folder: volume.data, port, log }
  const client = new ClientProcess({
    ...options,
    program: await clientWithClock(),
    prepare: () => prepare(config, log),
    quitMs: 60_000,
  })
  const worker = new Worker({
    ...options,
    process: client,
    projectsFile: volume.projectsFile,
    yielding: undefined,
    everyMs: 100,
    wallClock: () => Date.now() + 1000 * offset,
  })
  client.start()
  worker.start()
  return { worker, [Symbol.asyncDispose]: () => worker.drain(0) }
}

test('a project is down for a day: its task goes on, and is reported when it is back; the clock is set back by days: so is the next one', {
  skip,
}, async (context) => {
  const began = performance.now()
  const told = (what: string) => context.diagnostic(`${((performance.now() - began) / 1000).toFixed(1)} s: ${what}`)
  await using project = await BoincProject.start({ tasks: 2, openTasks: 1, taskSeconds: 8, checkpointSeconds: 1 })
  await volume.declare(`${project.url} ${project.key}\n`)
  await setClock(0)
  await using running = await startWorker()
  const { worker } = running
  const sees = (state: string) => eventually(() => assert.equal(worker.seen?.state.tasks[0]?.state, state))
  const failedCalls = () => worker.seen?.state.projects[0]?.failedCalls ?? 0
  await sees('running')
  told('running')

  project.isDown = true
  await sees('uploading')
  await eventually(() => assert.ok(failedCalls() > 0))
  const before = failedCalls()
  await setClock(DAY)
  await eventually(() => assert.ok(failedCalls() > before))
  assert.deepEqual([worker.readiness.state, worker.readiness.isReady], ['attached', true])
  told('a day later')

  project.isDown = false
  // The client waits between its calls: longer than any of these waits.
  let days = 2
  await eventually(
    async () => {
      await setClock(DAY * days++)
      assert.ok(project.reported.length > 0)
    },
    { everyMs: 2000 },
  )
  told('reported')

  await setClock(0)
  await eventually(() => assert.equal(project.reported.length, 2))
  told('reported by a clock that was set back')
  assert.deepEqual(
    project.reported.map(({ exitStatus }) => exitStatus),
    [0, 0],
  )
})
