import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { http } from './support/http.ts'
import { RawClient } from './support/raw-client.ts'

const MAIN = new URL('../src/main.ts', import.meta.url).pathname

function start(environment: Record<string, string>): ChildProcess {
  const { PATH, NODE_COMPILE_CACHE } = process.env
  return spawn(process.execPath, [MAIN], {
    env: { PATH, NODE_COMPILE_CACHE, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

async function logLine(child: ChildProcess, message: string): Promise<Record<string, string>> {
  assert.ok(child.stdout)
  for await (const line of createInterface(child.stdout)) {
    const entry = JSON.parse(line)
    if (entry.msg === message) return entry
  }
  throw new Error(`the process ended without logging "${message}"`)
}

test('the process serves on its ports and ends with 0 on SIGTERM, clients or not', async () => {
  const child = start({
    HOST: '127.0.0.1',
    OPS_PORT: '0',
    NSQD_PORT: '0',
    NSQD_HTTP_PORT: '0',
    NSQLOOKUPD_TCP_PORT: '0',
    NSQLOOKUPD_HTTP_PORT: '0',
    NSQ_MEMORY_MB: '1',
  })
  const { nsqd = '', nsqdHttp = '', nsqlookupdHttp = '' } = await logLine(child, 'listening')
  using client = await RawClient.connect(nsqd)
  await client.subscribe('t', 'ch')
  assert.equal((await http(nsqlookupdHttp, 'GET', '/lookup?topic=t')).status, 200)
  assert.equal(
    (await http(nsqdHttp, 'POST', '/mpub?topic=t', `${'x'.repeat(900_000)}\n${'y'.repeat(900_000)}`)).status,
    503,
  )
  child.kill('SIGTERM')
  const [code] = await once(child, 'exit')
  assert.equal(code, 0)
  await client.whenClosed()
})

test('a bad setting ends the process with 78 and its name', async () => {
  const child = start({ NSQD_PORT: 'nine' })
  let text = ''
  child.stderr?.on('data', (chunk: Buffer) => (text += chunk))
  const [code] = await once(child, 'close')
  assert.equal(code, 78)
  assert.match(text, /NSQD_PORT is "nine"/)
})
