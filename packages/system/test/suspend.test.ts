import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { suspend } from '../src/index.ts'

test('a process that is suspended has stopped in all its threads, and goes on with SIGCONT', async () => {
  const child = spawn(process.execPath, ['-e', 'process.stdin.pipe(process.stdout); console.log("up")'])
  await once(child.stdout, 'data')
  await suspend(child)
  assert.match(await readFile(`/proc/${child.pid}/status`, 'utf8'), /^State:\tT \(stopped\)/m)
  child.stdin.write('there')
  child.kill('SIGCONT')
  const [said] = await once(child.stdout, 'data')
  assert.equal(String(said), 'there')
  child.kill()
  await once(child, 'exit')
})
