import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { Client } from '@livepods/boinc'
import { BoincProject, eventually } from '@livepods/testing'
import { type Running, skip, start, Volume } from './support/start.ts'

/** A task that takes longer than a drain and what comes before it, and saves less often than it is looked at. */
const TASK = { tasks: 2, taskSeconds: 20, checkpointSeconds: 3 }

let project: BoincProject
let volume: Volume
before(async () => {
  project = await BoincProject.start({ ...TASK, key: randomUUID() })
  volume = await Volume.make()
})
after(async () => {
  await project[Symbol.asyncDispose]()
  await volume[Symbol.asyncDispose]()
})

/** The command lines of this machine in which a text stands. */
async function argumentsWith(text: string): Promise<string[]> {
  const processes = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  const lines = await Promise.all(processes.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')))
  return lines.filter((line) => line.includes(text))
}

const passwordIn = async ({ data }: Volume) => (await readFile(join(data, 'gui_rpc_auth.cfg'), 'utf8')).trim()
const ready = async ({ ops }: Running) => (await fetch(`${ops}/readyz`)).status

test('unattached, a wrong key, attached, two tasks, a drain in the middle, and they go on from their checkpoints to the report', {
  skip,
}, async (context) => {
  const began = performance.now()
  const told = (what: string) => context.diagnostic(`${((performance.now() - began) / 1000).toFixed(1)} s: ${what}`)
  await volume.declare('# none yet\n')
  /** CPU seconds of the tasks when the drain begins. */
  let computed: Record<string, number> = {}
  {
    await using worker = await start(volume)
    await worker.until(({ state }) => assert.equal(state, 'unattached'))
    assert.equal(await ready(worker), 200)
    assert.equal((await stat(join(volume.data, 'gui_rpc_auth.cfg'))).mode & 0o777, 0o600)
    const listening = await readFile('/proc/net/tcp', 'utf8')
    const port = worker.guiRpcPort.toString(16).toUpperCase().padStart(4, '0')
    assert.deepEqual(listening.match(new RegExp(`\\b[0-9A-F]{8}:${port} 0{8}:0000 0A`, 'g')), [
      `0100007F:${port} 00000000:0000 0A`,
    ])
    told('unattached')

    await volume.declare(`${project.url} another-key\n`)
    const refused = await worker.until(({ why }) => assert.match(why, /Invalid or missing account key/))
    assert.deepEqual([refused.state, refused.isReady], ['attaching', false])
    await eventually(async () => assert.equal(await ready(worker), 503))
    told('refused')

    await volume.declare(`${project.url} ${project.key}\n`)
    await worker.until(({ state }) => assert.equal(state, 'attached'))
    await eventually(async () => assert.equal(await ready(worker), 200))
    assert.deepEqual(await argumentsWith(project.key), [])
    told('attached')
    const busy = await worker.until(({ tasks }) => {
      assert.deepEqual(
        tasks.map((task) => task.state),
        ['running', 'running'],
      )
      // What a kill would lose.
      assert.ok(tasks.every((task) => task.cpuSeconds > task.checkpointCpuSeconds + 0.5))
    })

    // As YIELD_ABOVE does: they wait in memory, and begin nowhere anew.
    using client = await Client.open({ port: worker.guiRpcPort, password: await passwordIn(volume) })
    await client.setRunMode('never', 60)
    await worker.until(({ state }) => assert.equal(state, 'suspended'))
    await client.setRunMode('restore')
    await worker.until(({ state }) => assert.equal(state, 'attached'))
    told('went on from memory')
    computed = Object.fromEntries(busy.tasks.map(({ name, cpuSeconds }) => [name, cpuSeconds]))
    told('both compute')
  }
  told('drained')
  {
    await using worker = await start(volume)
    await worker.until(({ projects }) => assert.equal(projects[0]?.wantsNoMoreWork, false))
    await eventually(() => assert.equal(project.reported.length, 2), { everyMs: 100 })
    told('reported')
    await worker.until(({ tasks, projects }) => {
      assert.deepEqual(tasks, [])
      assert.equal(projects[0]?.credit, 20)
    })
  }
  for (const { name, exitStatus, lines } of project.reported) {
    assert.equal(exitStatus, 0)
    const [first, quit = '', again, ...others] = lines
    assert.deepEqual(others, [])
    const [, saved] = /^quit at [\d.]+, saved ([\d.]+)$/.exec(quit) ?? []
    assert.deepEqual([first, again], ['started at 0.0', `started at ${saved}`])
    // All that it had computed when the drain began is there when it goes on.
    assert.ok(Number(saved) >= (computed[name] ?? Number.NaN), `${name}: ${quit}, and had computed ${computed[name]}`)
    context.diagnostic(`${name}: ${quit}`)
  }
  assert.deepEqual([...project.uploaded.keys()].sort(), ['output_1', 'output_2'])
  assert.match(project.uploaded.get('output_1') ?? '', /^done after 20\.\d s\n$/)
})
