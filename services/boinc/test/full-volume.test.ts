import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdir, rm, statfs, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { BoincProject, eventually } from '@livepods/testing'
import { type Status, skip as skipClient, start, Volume } from './support/start.ts'

const mayMount = process.platform === 'linux' && process.getuid?.() === 0
const skip = skipClient || (mayMount ? false : 'only root of a Linux mounts a small disk')
/** The client takes no task where less than 100 MB are free. */
const MEGABYTES = 160

let project: BoincProject
let volume: Volume
before(async () => {
  project = await BoincProject.start({ tasks: 1, taskSeconds: 15, checkpointSeconds: 1 })
  volume = await Volume.make()
  await volume.declare(`${project.url} ${project.key}\n`)
  await mkdir(volume.data)
  if (!skip) execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${MEGABYTES}m`, 'livepods-boinc', volume.data])
})
after(async () => {
  if (!skip) execFileSync('umount', [volume.data])
  await volume[Symbol.asyncDispose]()
  await project[Symbol.asyncDispose]()
})

const filler = () => join(volume.data, 'filler')

/** Fills the volume but for some megabytes. */
async function fillBut(megabytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(volume.data)
  const fill = writeFile(filler(), Buffer.alloc(bavail * bsize - megabytes * 1024 * 1024))
  await fill.catch(({ code }) => assert.equal(code, 'ENOSPC'))
}

test('on a full volume it says so, begins nothing, and lets tasks wait, through a restart; with room again none is lost', {
  skip,
}, async (context) => {
  const began = performance.now()
  const told = (what: string) => context.diagnostic(`${((performance.now() - began) / 1000).toFixed(1)} s: ${what}`)
  const isNotStarted = (status: Status) =>
    assert.deepEqual(
      [status.state, status.isReady, status.why],
      ['no client', false, 'the client does not start: its volume is full'],
    )
  await fillBut(0)
  {
    await using worker = await start(volume)
    await worker.until(isNotStarted)
    const answer = await fetch(`${worker.ops}/readyz`)
    assert.deepEqual([answer.status, /its volume is full/.test(await answer.text())], [503, true])
    told('not started')

    await rm(filler())
    await worker.until(({ tasks: [task] }) => assert.ok((task?.checkpointCpuSeconds ?? 0) > 1))
    told('computes')

    await fillBut(8)
    const { tasks } = await worker.until(({ state, isReady, why, tasks: [task] }) => {
      assert.deepEqual([state, isReady, why], ['suspended', false, 'Nothing is computed: the volume is full.'])
      assert.equal(task?.state, 'suspended')
    })
    await rm(filler())
    await worker.until(({ state, tasks: [task] }) => {
      assert.deepEqual([state, task?.state], ['attached', 'running'])
      assert.ok((task?.cpuSeconds ?? 0) > (tasks[0]?.cpuSeconds ?? Number.NaN))
    })
    told('waited, and goes on')

    // The client may end by itself where it can write nothing.
    await fillBut(0)
    await worker.until(({ isReady, why }) => assert.deepEqual([isReady, /volume is full/.test(why)], [false, true]))
  }
  told('stopped while full')
  await using worker = await start(volume)
  await worker.until(isNotStarted)
  await rm(filler())
  await worker.until(({ projects }) => assert.equal(projects[0]?.wantsNoMoreWork, false))
  await eventually(() => assert.equal(project.reported.length, 1))
  told('reported')
  const [{ exitStatus, lines } = assert.fail()] = project.reported
  assert.equal(exitStatus, 0)
  const starts = lines.filter((line) => line.startsWith('started'))
  assert.match(starts.join(', '), /^started at 0\.0(, started at [1-9]\d*\.\d)+$/)
  context.diagnostic(lines.join(', '))
})
