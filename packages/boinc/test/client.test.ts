import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { findProgram, freePort } from '@livepods/system'
import { eventually } from '@livepods/testing'
import { Client, GuiRpc } from '../src/index.ts'

const PROGRAM = process.env.BOINC_CLIENT ?? findProgram(['boinc'])
const PASSWORD = 'a long password'
const skip = PROGRAM ? false : 'neither BOINC_CLIENT names Debian’s client, nor is it installed'

let folder: string
let port: number
let child: ChildProcess | undefined

before(async () => {
  if (!PROGRAM) return
  folder = await mkdtemp(join(tmpdir(), 'boinc-'))
  port = await freePort()
  await writeFile(join(folder, 'gui_rpc_auth.cfg'), PASSWORD)
  child = spawn(PROGRAM, ['--dir', folder, '--gui_rpc_port', `${port}`], { stdio: 'ignore' })
  await eventually(async () => (await GuiRpc.open({ port }))[Symbol.dispose]())
})
after(async () => {
  if (!child) return
  if (child.exitCode === null && child.kill('SIGKILL')) await once(child, 'exit')
  await rm(folder, { recursive: true })
})

test('Debian’s client: its state, its words, and that it does what it is told', { skip }, async () => {
  using client = await Client.open({ port, password: PASSWORD })
  assert.deepEqual((await client.state()).projects, [])
  assert.match((await client.state()).version, /^\d+\.\d+\.\d+$/)
  const messages = await client.messages()
  const last = messages.at(-1)?.number ?? 0
  assert.ok(messages.some(({ text }) => /not attached to any projects/.test(text)))
  assert.ok(messages.every(({ at }) => Math.abs(Date.now() - at.getTime()) < 3_600_000))
  assert.deepEqual(await client.messages(last + 100), [])
  await client.setRunMode('never')
  await eventually(async () => assert.deepEqual((await client.status()).suspended, ['asked to']))
  await client.setRunMode('auto')
  await eventually(async () => assert.ok(!(await client.status()).suspended.includes('asked to')))
  await assert.rejects(client.project('update', 'http://nobody.invalid/'), { code: 'REFUSED' })
  assert.equal(await client.manager(), undefined)
  await assert.rejects(client.attachManager({ url: 'no URL', name: 'somebody', password: 'secret' }), {
    code: 'REFUSED',
  })
  // That nobody is there it does not say.
  await client.attach({ url: `http://127.0.0.1:${await freePort()}/`, key: 'key' })
  assert.deepEqual(
    (await client.state()).projects.map(({ hostId }) => hostId),
    [0],
  )
})

test('Debian’s client ends the connection after the second wrong password, and is open to others', {
  skip,
}, async () => {
  await assert.rejects(Client.open({ port, password: 'another password' }), { code: 'UNAUTHORIZED' })
  using rpc = await GuiRpc.open({ port })
  const wrong = `<auth2>\n<nonce_hash>${'0'.repeat(32)}</nonce_hash>\n</auth2>`
  await rpc.call('<auth1/>')
  await assert.rejects(rpc.call(wrong), { code: 'UNAUTHORIZED' })
  await assert.rejects(rpc.call(wrong))
  await assert.rejects(rpc.call(wrong), { code: 'CLOSED' })
  using client = await Client.open({ port, password: PASSWORD })
  await client.status()
})

test('Debian’s client needs a password for what changes it', { skip }, async () => {
  using client = await Client.open({ port })
  await client.status()
  await assert.rejects(client.setRunMode('never'), { code: 'UNAUTHORIZED' })
})

test('Debian’s client ends when it is told to', { skip }, async () => {
  using client = await Client.open({ port, password: PASSWORD })
  const ended = once(child as ChildProcess, 'exit')
  await client.quit()
  assert.deepEqual(await ended, [0, null])
})
