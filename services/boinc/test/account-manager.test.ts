import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { BoincProject } from '@livepods/testing'
import { skip, start, Volume } from './support/start.ts'

const MANAGER = { name: 'Somebody', password: 'a-password&<>' }

let project: BoincProject
let volume: Volume
before(async () => {
  project = await BoincProject.start({ managerAccount: MANAGER, tasks: 1, taskSeconds: 3600 })
  project.managed = 'nothing'
  volume = await Volume.make()
})
after(async () => {
  await project[Symbol.asyncDispose]()
  await volume[Symbol.asyncDispose]()
})

test('an account manager refuses a wrong password, names no project, names one that computes, and is left: its project goes when it is done', {
  skip,
}, async (context) => {
  const began = performance.now()
  const told = (what: string) => context.diagnostic(`${((performance.now() - began) / 1000).toFixed(1)} s: ${what}`)
  const line = (password: string) => `account-manager ${project.managerUrl} ${MANAGER.name} ${password}\n`
  await using worker = await start(volume)

  await volume.declare(line('another'))
  const refused = await worker.until(({ why }) => assert.match(why, /Nobody has this name and password/))
  assert.deepEqual([refused.state, refused.isReady], ['attaching', false])
  told('refused')

  await volume.declare(line(MANAGER.password))
  const unattached = await worker.until(({ why }) => assert.match(why, /names no project/))
  assert.deepEqual(
    [unattached.state, unattached.isReady, unattached.accountManager],
    ['unattached', true, project.managerUrl],
  )
  told('no project')

  // Another password has it asked again: so would the hour between two calls of the client.
  project.managed = 'itself'
  await volume.declare(line('another'))
  await worker.until(({ state }) => assert.equal(state, 'attaching'))
  await volume.declare(line(MANAGER.password))
  await worker.until(({ state, tasks: [task], projects: [first] }) => {
    assert.deepEqual([state, task?.state], ['attached', 'running'])
    assert.deepEqual([first?.isManaged, first?.isDetachedWhenDone], [true, false])
  })
  told('attached')

  await volume.declare('')
  await worker.until(({ accountManager, projects: [first] }) => {
    assert.deepEqual([accountManager, first?.isManaged, first?.isDetachedWhenDone], [undefined, false, true])
  })
  told('left')
})
