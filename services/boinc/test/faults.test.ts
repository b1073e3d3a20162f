import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { after, before, test } from 'node:test'
import { BoincProject, eventually } from '@livepods/testing'
import { type Running, type Status, skip, start, Volume } from './support/start.ts'

let project: BoincProject
let volume: Volume
before(async () => {
  project = await BoincProject.start({ tasks: 1, taskSeconds: 3600, checkpointSeconds: 1 })
  volume = await Volume.make()
  await volume.declare(`${project.url} ${project.key}\n`)
})
after(async () => {
  await project[Symbol.asyncDispose]()
  await volume[Symbol.asyncDispose]()
})

const stateOfTask = ({ tasks }: Status) => tasks[0]?.state

/** The process of the client that uses this volume. */
async function clientOf({ data }: Volume): Promise<number> {
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const words = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0')
    if (words[0]?.endsWith('boinc') && words[words.indexOf('--dir') + 1] === data) return Number(pid)
  }
  throw new Error(`No client runs on ${data}.`)
}

const command = async ({ url }: Running, name: string) =>
  (await fetch(`${url}/v1/commands/${name}`, { method: 'POST' })).status

test('told to stop while it downloads, killed, two on a volume, a project that is down, a key that is revoked: it goes on', {
  skip,
}, async (context) => {
  const began = performance.now()
  const told = (what: string) => context.diagnostic(`${((performance.now() - began) / 1000).toFixed(1)} s: ${what}`)
  const { promise, resolve: release } = Promise.withResolvers<void>()
  project.downloads = promise
  {
    await using worker = await start(volume)
    await worker.until((status) => assert.equal(stateOfTask(status), 'downloading'))
  }
  told('stopped while downloading')
  release()
  await using worker = await start(volume)
  await worker.until((status) => assert.equal(stateOfTask(status), 'running'))

  told('running')
  const second = await start(volume)
  await second.until(({ why, state }) => {
    assert.equal(state, 'no client')
    assert.match(why, /^the client ended \(exit code \d+\)$/)
  })
  await second[Symbol.asyncDispose]()
  assert.equal(stateOfTask(await worker.status()), 'running')

  told('two on a volume')
  await worker.until(({ tasks: [task] }) => assert.ok((task?.checkpointCpuSeconds ?? 0) >= 1))
  process.kill(await clientOf(volume), 'SIGKILL')
  await worker.until(({ state }) => assert.equal(state, 'no client'))
  await worker.until((status) => {
    assert.equal(stateOfTask(status), 'running')
    assert.ok((status.tasks[0]?.cpuSeconds ?? 0) >= 1)
  })

  told('killed')
  project.isDown = true
  assert.equal(await command(worker, 'update'), 200)
  const failedCalls = async () =>
    ((await worker.status()).projects as unknown as { failedCalls: number }[])[0]?.failedCalls ?? 0
  await eventually(async () => assert.ok((await failedCalls()) > 0))
  const { state, isReady } = await worker.status()
  assert.deepEqual([state, isReady], ['attached', true])

  told('down')
  project.isDown = false
  project.key = 'another-key'
  assert.equal(await command(worker, 'update'), 200)
  await eventually(async () => {
    const { messages } = (await (await fetch(`${worker.url}/v1/messages`)).json()) as { messages: { text: string }[] }
    assert.ok(messages.some(({ text }) => /Invalid or missing account key/.test(text)))
  })
  told('revoked')
  const revoked = await worker.status()
  assert.deepEqual([revoked.state, revoked.isReady, stateOfTask(revoked)], ['attached', true, 'running'])
})
