import assert from 'node:assert/strict'
import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { createLog, readEnvironment } from '@livepods/service'
import { freePort } from '@livepods/system'
import { eventually } from '@livepods/testing'
import { ClientProcess, type ClientProcessOptions } from '../src/client-process.ts'
import { Env } from '../src/config.ts'
import { prepare } from '../src/prepare.ts'
import { Worker } from '../src/worker.ts'
import { CLIENT, skip, start, Volume } from './support/start.ts'

const log = createLog('test', 'silent')
let volume: Volume
before(async () => {
  volume = await Volume.make()
})
after(async () => await volume[Symbol.asyncDispose]())

const passwordFile = () => join(volume.data, 'gui_rpc_auth.cfg')

test('a password that is changed between two starts is that of the client', { skip }, async () => {
  {
    await using worker = await start(volume)
    await worker.until(({ state }) => assert.equal(state, 'unattached'))
  }
  await using worker = await start(volume, { BOINC_GUI_RPC_PASSWORD: 'another-password' })
  await worker.until(({ state }) => assert.equal(state, 'unattached'))
  assert.equal(await readFile(passwordFile(), 'utf8'), 'another-password\n')
  assert.equal((await stat(passwordFile())).mode & 0o777, 0o600)
})

test('a client that does not take our password, and one that hangs, is killed and started again', {
  skip,
}, async () => {
  const port = await freePort()
  const config = readEnvironment(Env, { BOINC_DIR: volume.data })
  let starts = 0
  const options: ClientProcessOptions = {
    program: CLIENT as string,
    folder: volume.data,
    port,
    prepare: async () => {
      const password = await prepare(config, log)
      // As somebody might who does not know that it is ours.
      if (starts++ === 0) await writeFile(passwordFile(), 'a password of somebody else')
      return password
    },
    log,
    hungMs: Number.POSITIVE_INFINITY,
    quitMs: 60_000,
  }
  const client = new ClientProcess(options)
  /** It has not answered for long enough: on a busy machine a start may take as long as any time given here. */
  const untilKilled = async () => {
    const before = starts
    options.hungMs = 0
    await eventually(() => assert.ok(starts > before))
    options.hungMs = Number.POSITIVE_INFINITY
  }
  const worker = new Worker({
    process: client,
    port,
    folder: volume.data,
    projectsFile: undefined,
    yielding: undefined,
    everyMs: 100,
    log,
  })
  client.start()
  worker.start()
  try {
    await eventually(() => assert.equal(worker.readiness.why, 'The client does not take this password.'))
    await untilKilled()
    await eventually(() => assert.equal(worker.readiness.state, 'unattached'))
    process.kill(client.pid as number, 'SIGSTOP')
    await eventually(() => assert.match(worker.readiness.why, /does not answer within/))
    await untilKilled()
    await eventually(() => assert.equal(worker.readiness.state, 'unattached'))
  } finally {
    await worker.drain(0)
  }
})
