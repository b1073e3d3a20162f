import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempDisposable, readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { PidFiles } from '../src/index.ts'

test('what an earlier run left behind is stopped and forgotten', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'livepods-pids-'))
  const child = spawn('sleep', ['600'], { detached: true })
  await once(child, 'spawn')
  const files = new PidFiles(folder.path)
  files.add('sleeper', child.pid ?? 0)
  assert.deepEqual(await new PidFiles(folder.path).stopLeftovers(), ['sleeper'])
  assert.equal(child.signalCode ?? (await once(child, 'exit'))[1], 'SIGTERM')
  assert.deepEqual(await readdir(folder.path), [])
})

test('a process that ended, or another one with its id, is not touched', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'livepods-pids-'))
  const child = spawn('true')
  await once(child, 'spawn')
  const files = new PidFiles(folder.path)
  files.add('short', child.pid ?? 0)
  await once(child, 'exit')
  assert.deepEqual(files.alive(), [])
  assert.deepEqual(await files.stopLeftovers(), [])
})
