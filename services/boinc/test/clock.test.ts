import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { BoincProject, eventually } from '@livepods/testing'
import { CLIENT, type Running, skip as skipClient, start, Volume } from './support/start.ts'

const { LIBFAKETIME } = process.env
const skip = skipClient || (LIBFAKETIME ? false : 'LIBFAKETIME names no libfaketime.so.1')
const DAY = 86_400

let folder: string
let volume: Volume
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'boinc-clock-'))
  volume = await Volume.make()
})
after(async () => {
  await rm(folder, { recursive: true })
  await volume[Symbol.asyncDispose]()
})

/** Sets the clock of the client, and of nobody else, seconds ahead of the real one. */
const setClock = (seconds: number) => writeFile(join(folder, 'offset'), `${seconds < 0 ? '' : '+'}${seconds}\n`)

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

const failedCalls = async (worker: Running) => (await worker.status()).projects[0]?.failedCalls ?? 0

test('a project is down for a day: its task goes on, and is reported when it is back; the clock goes back two: so is the next one', {
  skip,
}, async (context) => {
  const began = performance.now()
  const told = (what: string) => context.diagnostic(`${((performance.now() - began) / 1000).toFixed(1)} s: ${what}`)
  await using project = await BoincProject.start({ tasks: 2, openTasks: 1, taskSeconds: 8, checkpointSeconds: 1 })
  await volume.declare(`${project.url} ${project.key}\n`)
  await setClock(0)
  await using worker = await start(volume, { BOINC_CLIENT: await clientWithClock() })
  await worker.until(({ tasks }) => assert.equal(tasks[0]?.state, 'running'))
  told('running')

  project.isDown = true
  await worker.until(({ tasks: [task] }) => assert.equal(task?.state, 'uploading'))
  await eventually(async () => assert.ok((await failedCalls(worker)) > 0))
  const before = await failedCalls(worker)
  await setClock(DAY)
  await eventually(async () => assert.ok((await failedCalls(worker)) > before))
  const { state, isReady } = await worker.status()
  assert.deepEqual([state, isReady], ['attached', true])
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
  told('reported by a clock that went back')
  assert.deepEqual(
    project.reported.map(({ exitStatus, lines }) => [exitStatus, lines]),
    [
      [0, ['started at 0.0']],
      [0, ['started at 0.0']],
    ],
  )
})
