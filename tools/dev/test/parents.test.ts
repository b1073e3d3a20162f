import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const orphan = fileURLToPath(new URL('support/orphan.ts', import.meta.url))

// As npx does it: a process, a shell, pnpm, a shell, and then ours.
for (const [chain, command] of [
  ['its parent', `"$NODE" "$ORPHAN" & wait`],
  ['the parent of its shell', `sh -c '"$NODE" "$ORPHAN" & wait' & wait`],
] as const) {
  test(`a process whose start came from ${chain} learns that it is gone`, async () => {
    const parent = spawn('sh', ['-c', command], {
      env: { ...process.env, NODE: process.execPath, ORPHAN: orphan },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const lines = createInterface({ input: parent.stdout })
    const [running] = await once(lines, 'line')
    assert.equal(running, 'running')
    parent.kill('SIGKILL')
    const [gone] = await once(lines, 'line')
    assert.equal(gone, 'gone')
  })
}
