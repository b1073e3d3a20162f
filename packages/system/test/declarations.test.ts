import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { repository } from '../src/declarations.ts'

const loader = fileURLToPath(new URL('support/load-declarations.ts', import.meta.url))

test('loading all declarations loads typebox and files of ours, and nothing that registers a metric', async (t) => {
  const { stdout } = await promisify(execFile)(process.execPath, [loader])
  const { names, loaded, cpuSeconds } = JSON.parse(stdout) as { names: string[]; loaded: string[]; cpuSeconds: number }
  t.diagnostic(`${names.length} declarations, ${loaded.length} files, ${cpuSeconds.toFixed(2)} CPU seconds`)
  assert.ok(names.includes('receiver') && names.includes('nsq') && names.includes('migrate'))
  const files = loaded.filter((url) => !url.startsWith('node:')).map((url) => fileURLToPath(url))
  const foreign = files.filter((file) => file.includes('/node_modules/') && !/\/node_modules\/typebox\//.test(file))
  assert.deepEqual(foreign, [])
  const own = files.filter((file) => !file.includes('/node_modules/')).map((file) => file.slice(repository.length))
  assert.deepEqual(
    own.filter(
      (file) =>
        !/\/src\/(service|program|config|declarations|links|[a-z]+-env)\.ts$|^packages\/system\/test\//.test(file),
    ),
    [],
  )
})
