import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { startProcess } from './support/process.ts'

/** The exit code of the health check of an image, asking this port. */
async function ready(port: string | number): Promise<number> {
  const main = fileURLToPath(new URL('../src/ready.ts', import.meta.url))
  const child = spawn(process.execPath, [main], { env: { OPS_PORT: `${port}` }, stdio: 'inherit' })
  return (await once(child, 'exit'))[0]
}

test('the health check succeeds when the process is ready', async () => {
  const { child, exited, until } = startProcess()
  const [, port = ''] = await until(/"opsPort":(\d+)/)
  await until(/"msg":"ready"/)
  assert.equal(await ready(port), 0)
  child.kill('SIGTERM')
  await exited
  assert.equal(await ready(port), 1, 'nobody listens any more')
})

test('the health check fails while something is missing', async () => {
  const { child, exited, until } = startProcess({ BEHAVIOUR: 'lame' })
  const [, port = ''] = await until(/"opsPort":(\d+)/)
  await until(/"msg":"ready"/)
  assert.equal(await ready(port), 1)
  child.kill('SIGTERM')
  await exited
})

test('the health check fails when nobody answers', async () => {
  const silent = createServer().listen(0, '127.0.0.1')
  await once(silent, 'listening')
  assert.equal(await ready((silent.address() as { port: number }).port), 1)
  silent.close()
})
