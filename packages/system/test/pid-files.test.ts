import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { PidFiles } from '../src/index.ts'

test('what an earlier run left behind is stopped and forgotten', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'livepods-pids-'))
  const child = spawn('sleep', ['600'], { detached: true })
  await once(child, 'spawn')
  const files = new PidFiles(folder)
  files.add('sleeper', child.pid ?? 0)
  assert.deepEqual(await new PidFiles(folder).stopLeftovers(), ['sleeper'])
  assert.equal(child.signalCode ?? (await once(child, 'exit'))[1], 'SIGTERM')
  assert.deepEqual(await readdir(folder), [])
})

test('a process that ended, or another one with its id, is not touched', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'livepods-pids-'))
  const child = spawn('true')
  await once(child, 'spawn')
  const files = new PidFiles(folder)
  files.add('short', child.pid ?? 0)
  await once(child, 'exit')
  assert.deepEqual(files.alive(), [])
  assert.deepEqual(await files.stopLeftovers(), [])
})
