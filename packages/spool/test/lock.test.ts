import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, rename } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { lockFolder } from '../src/lock.ts'
import { emptyFolder, openSpool } from './support/open-spool.ts'

/** `LOCK_ROUNDS=1000` is the full run. */
const ROUNDS = Number(process.env.LOCK_ROUNDS ?? 100)
const STARTER = new URL('./support/starter.ts', import.meta.url)

test(`of two processes that start at once exactly one gets the folder, ${ROUNDS} times, with a dead lock in it`, async () => {
  await using temporary = await emptyFolder()
  const starters = [fork(STARTER), fork(STARTER)]
  await using stack = new AsyncDisposableStack()
  for (const starter of starters) stack.defer(() => void starter.kill())
  await Promise.all(starters.map((starter) => once(starter, 'message')))
  for (let round = 0; round < ROUNDS; round++) {
    const folder = join(temporary.folder, String(round))
    await mkdir(folder)
    await leaveDeadLock(folder)
    const answers = starters.map(async (starter) => {
      starter.send({ lock: folder })
      return (await once(starter, 'message'))[0] as string
    })
    assert.deepEqual((await Promise.all(answers)).sort(), ['LOCKED', 'locked'], `round ${round}`)
    await Promise.all(
      starters.map(async (starter) => {
        starter.send({ release: true })
        await once(starter, 'message')
      }),
    )
    assert.deepEqual(await readdir(folder), [])
  }
})

test('refuses a second process, and is free when the first was killed', async () => {
  await using temporary = await emptyFolder()
  const holder = fork(STARTER)
  await once(holder, 'message')
  holder.send({ lock: temporary.folder })
  assert.deepEqual((await once(holder, 'message'))[0], 'locked')
  await assert.rejects(openSpool(temporary.folder), { code: 'LOCKED' })
  holder.kill('SIGKILL')
  await once(holder, 'exit')
  await using _lock = await lockFolder(temporary.folder)
})

test('refuses a second spool in the same process', async () => {
  await using temporary = await emptyFolder()
  await using _spool = await openSpool(temporary.folder)
  await assert.rejects(openSpool(temporary.folder), { code: 'LOCKED' })
})

test('works in a folder whose path is too long for a socket', { skip: process.platform !== 'linux' }, async () => {
  await using temporary = await emptyFolder()
  const folder = join(temporary.folder, 'x'.repeat(120))
  await mkdir(folder)
  const lock = await lockFolder(folder)
  await assert.rejects(lockFolder(folder), { code: 'LOCKED' })
  await lock[Symbol.asyncDispose]()
  assert.deepEqual(await readdir(folder), [])
})

/** What a killed process leaves: a socket on which nobody listens. */
async function leaveDeadLock(folder: string): Promise<void> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(join(folder, '.old'), resolve))
  await rename(join(folder, '.old'), join(folder, '0000000000000000.lock'))
  await new Promise((resolve) => server.close(resolve))
}
