import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { readEnvironment } from '@livepods/service'
import { Env } from '../src/config.ts'
import { prepare } from '../src/prepare.ts'

let folder: string
let warnings: string[]
const log = { warn: (_: unknown, message: string) => void warnings.push(message) } as Parameters<typeof prepare>[1]
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'boinc-prepare-'))
  warnings = []
})
afterEach(async () => await rm(folder, { recursive: true }))

const config = (environment: Record<string, string> = {}) => readEnvironment(Env, { BOINC_DIR: folder, ...environment })
const text = (file: string) => readFile(join(folder, file), 'utf8')

test('a password is made once, kept, and read by nobody else', async () => {
  const password = await prepare(config(), log)
  assert.match(password, /^[\w-]{32}$/)
  assert.equal(await prepare(config(), log), password)
  assert.equal(await text('gui_rpc_auth.cfg'), `${password}\n`)
  assert.equal((await stat(join(folder, 'gui_rpc_auth.cfg'))).mode & 0o777, 0o600)
  assert.deepEqual(warnings, [])
})

describe('a password of the old image, or none at all, is replaced', () => {
  for (const old of ['123', '', 'elevenchars'])
    test(`"${old}"`, async () => {
      await writeFile(join(folder, 'gui_rpc_auth.cfg'), old, { mode: 0o644 })
      assert.match(await prepare(config(), log), /^[\w-]{32}$/)
      assert.equal((await stat(join(folder, 'gui_rpc_auth.cfg'))).mode & 0o777, 0o600)
      assert.deepEqual(warnings, ['the password there is too short, and is replaced'])
    })
})

test('a password that is given is taken, and one that is short or has spaces is refused', async () => {
  assert.equal(await prepare(config({ BOINC_GUI_RPC_PASSWORD: 'twelve-chars' }), log), 'twelve-chars')
  for (const bad of ['123', 'elevenchars', 'with a space in it'])
    assert.throws(() => config({ BOINC_GUI_RPC_PASSWORD: bad }), /BOINC_GUI_RPC_PASSWORD is set, but must be/)
})

test('the client listens on loopback only, whatever lies on its volume', async () => {
  await writeFile(join(folder, 'remote_hosts.cfg'), '10.0.0.1\n')
  await writeFile(
    join(folder, 'cc_config.xml'),
    '<cc_config><options><allow_remote_gui_rpc>1</allow_remote_gui_rpc></options></cc_config>',
  )
  await prepare(config(), log)
  await assert.rejects(stat(join(folder, 'remote_hosts.cfg')), { code: 'ENOENT' })
  assert.match(await text('cc_config.xml'), /<allow_remote_gui_rpc>0</)
})

test('tasks that wait stay in memory, and disk, hours and checkpoints are as they are set', async () => {
  await prepare(config({ DISK_GB: '3', HOURS: '22-6', CHECKPOINT_SECONDS: '30' }), log)
  const preferences = await text('global_prefs_override.xml')
  for (const line of [
    '<leave_apps_in_memory>1<',
    '<disk_max_used_gb>3<',
    '<start_hour>22<',
    '<end_hour>6<',
    '<disk_interval>30<',
    '<suspend_cpu_usage>0<',
    '<run_if_user_active>1<',
    '<run_gpu_if_user_active>1<',
  ])
    assert.ok(preferences.includes(line), line)
})
