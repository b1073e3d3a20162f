import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { createLog } from '@livepods/service'
import { eventually } from '@livepods/testing'
import { ClientProcess, type ClientProcessOptions } from '../src/client-process.ts'

let folder: string
let running: ClientProcess | undefined
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), 'boinc-process-'))))
afterEach(async () => {
  await running?.end(() => Promise.reject(new Error('it has no GUI RPC')))
  running = undefined
  await rm(folder, { recursive: true })
})

/** A program in place of the client, as this source says. */
async function processOf(source: string, options: Partial<ClientProcessOptions> = {}): Promise<ClientProcess> {
  const program = join(folder, 'client')
  await writeFile(program, `#!${process.execPath}\n${source}\n`, { mode: 0o755 })
  running = new ClientProcess({
    program,
    folder,
    port: 0,
    prepare: async () => 'a long password',
    log: createLog('test', 'silent'),
    quitMs: 60_000,
    ...options,
  })
  running.start()
  return running
}

const LASTS = 'setInterval(() => {}, 1000)'
const started = (client: ClientProcess) =>
  eventually(() => {
    assert.ok(client.pid)
    return client.pid
  })
const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

test('a client that dies is started again', async () => {
  const client = await processOf(LASTS)
  const first = await started(client)
  process.kill(first, 'SIGKILL')
  await eventually(() => assert.ok(client.pid && client.pid !== first))
  assert.equal(client.fault, undefined)
})

test('a client that does not answer is killed, and started again', async () => {
  const client = await processOf(LASTS, { hungMs: 1 })
  const first = await started(client)
  await eventually(() => {
    client.checkAnswers()
    assert.ok(!isAlive(first))
  })
  await started(client)
})

test('one that answers is left alone', async () => {
  const client = await processOf(LASTS, { hungMs: 60_000 })
  const pid = await started(client)
  client.answered()
  client.checkAnswers()
  assert.ok(isAlive(pid))
})

test('why none runs can be seen: it ended, it is not there, its volume is full', async () => {
  const ended = await processOf('process.exit(3)')
  await eventually(() => assert.equal(ended.fault, 'the client ended (exit code 3)'))
  assert.equal(ended.password, undefined)
  await ended.end(() => Promise.resolve())
  const full = await processOf(LASTS, {
    prepare: () => Promise.reject(new Error('ENOSPC: no space left on device')),
  })
  await eventually(() => assert.equal(full.fault, 'the client does not start: ENOSPC: no space left on device'))
})

test('a client that cannot be asked to quit gets SIGTERM, and one that ignores that is killed', async () => {
  const client = await processOf(`process.on('SIGTERM', () => {}); console.log('on'); ${LASTS}`, { quitMs: 100 })
  const pid = await started(client)
  await client.end(() => Promise.reject(new Error('it hangs')))
  assert.ok(!isAlive(pid))
})

test('a client that was told to quit is not started again', async () => {
  const client = await processOf(LASTS)
  const pid = await started(client)
  await client.end(async () => void process.kill(pid, 'SIGINT'))
  assert.equal(client.password, undefined)
  assert.ok(!isAlive(pid))
})

test('the password is not in the environment of the client, which its tasks have, too', async (context) => {
  process.env.BOINC_GUI_RPC_PASSWORD = 'a-secret-password'
  context.after(() => {
    delete process.env.BOINC_GUI_RPC_PASSWORD
  })
  const file = join(folder, 'environment')
  await processOf(`require('node:fs').writeFileSync('${file}', JSON.stringify(process.env) + '\\n'); ${LASTS}`)
  const environment = await eventually(async () => {
    const text = await readFile(file, 'utf8')
    assert.ok(text.endsWith('\n'))
    return text
  })
  assert.deepEqual([environment.includes('"PATH"'), environment.includes('a-secret-password')], [true, false])
})
