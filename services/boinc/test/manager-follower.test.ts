import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { type AccountManager, GuiRpcError, type ManagerAccount } from '@livepods/boinc'
import { createLog } from '@livepods/service'
import { ManagerFollower } from '../src/manager-follower.ts'

const A: ManagerAccount = { url: 'http://a.example/', name: 'somebody', password: 'secret' }
const log = createLog('test', 'silent')

let folder: string
let told: string[]
let refuses: boolean
const client = {
  attachManager: async ({ url, password }: ManagerAccount) => {
    told.push(`attach ${url} ${password}`)
    if (refuses) throw new GuiRpcError('REFUSED', 'bad arg')
  },
  detachManager: async () => void told.push('detach'),
}
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'boinc-manager-'))
  told = []
  refuses = false
})
afterEach(async () => await rm(folder, { recursive: true }))

/** What it tells the client, and whether the client follows whom it shall. */
async function follow(follower: ManagerFollower, declared?: ManagerAccount, followed?: AccountManager) {
  const follows = await follower.follow(client, { declared, followed, folder, log })
  return [...told.splice(0), follows]
}

test('nobody is asked where none is declared, and who was followed is left', async () => {
  const follower = new ManagerFollower()
  assert.deepEqual(await follow(follower), [true])
  assert.deepEqual(await follow(follower, undefined, A), ['detach', true])
})

test('who does not take us in is not asked again at every look, but at once with another password', async () => {
  const follower = new ManagerFollower()
  assert.deepEqual(await follow(follower, A), ['attach http://a.example/ secret', false])
  assert.deepEqual(await follow(follower, A), [false])
  const other = { ...A, password: 'another' }
  assert.deepEqual(await follow(follower, other), ['attach http://a.example/ another', false])
  assert.deepEqual(await follow(follower, other, A), [true])
})

test('another password, or another one, first has the client leave: it would refuse', async () => {
  const follower = new ManagerFollower()
  await follow(follower, A)
  const other = { ...A, password: 'another' }
  assert.deepEqual(await follow(follower, other, A), ['detach', 'attach http://a.example/ another', false])
  const another = { ...A, url: 'http://b.example/' }
  assert.deepEqual(await follow(follower, another, A), ['detach', 'attach http://b.example/ secret', false])
})

test('a new process knows the password by its hash, and one that it does not know stays', async () => {
  assert.deepEqual(await follow(new ManagerFollower(), A, A), [true])
  await follow(new ManagerFollower(), A)
  assert.deepEqual(await follow(new ManagerFollower(), A, A), [true])
  assert.deepEqual((await follow(new ManagerFollower(), { ...A, password: 'another' }, A)).slice(0, 1), ['detach'])
  assert.ok(!(await readFile(join(folder, 'livepods-keys.json'), 'utf8')).includes('secret'))
})

test('what the client refuses ends nothing', async () => {
  refuses = true
  assert.deepEqual((await follow(new ManagerFollower(), A)).at(-1), false)
})
