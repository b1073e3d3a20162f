import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url))

test('pnpm chaos --profile smoke: nothing lost, nothing twice, nothing stuck', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'livepods-smoke-'))
  // Removed at the end: what failed can be looked into.
  t.diagnostic(directory)
  const child = spawn(process.execPath, [main, '--profile', 'smoke', '--directory', directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.after(() => child.kill('SIGTERM'))
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
  const [code] = await once(child, 'close')
  assert.equal(code, 0, output)
  assert.equal(output.trimEnd().split('\n').at(-1), 'lost 0, twice 0, stuck 0')
  const { holds, faults, outcomes } = JSON.parse(await readFile(join(directory, 'report.json'), 'utf8'))
  assert.ok(holds && faults.length > 5 && outcomes.IDENTIFIED > 10)
  assert.match(await readFile(join(directory, 'report.html'), 'utf8'), /<svg/)
  await rm(directory, { recursive: true, force: true })
})
