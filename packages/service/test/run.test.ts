import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { test } from 'node:test'
import { startProcess } from './support/process.ts'

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  test(`${signal} closes what was opened in reverse order and exits with 0`, async () => {
    const { child, exited, until, output } = startProcess()
    await until(/"msg":"ready"/)
    child.kill(signal)
    assert.equal(await exited, 0)
    assert.match(output(), /closing the second[\s\S]*closed the first[\s\S]*"msg":"stopped"/)
  })
}

test('a supervisor that is gone ends the process', async () => {
  const { child, exited, until } = startProcess()
  await until(/"msg":"ready"/)
  child.disconnect()
  assert.equal(await exited, 0)
})

test('a process whose log nobody reads any more ends, too', async () => {
  const { child, exited, until } = startProcess()
  await until(/"msg":"ready"/)
  child.stdout?.destroy()
  child.stderr?.destroy()
  child.disconnect()
  assert.equal(await exited, 0)
})

test('a close that hangs ends with 1 after the deadline', async () => {
  const { child, exited, until, output } = startProcess({ BEHAVIOUR: 'hangs', STOP_WITHIN_SECONDS: '0.2' })
  await until(/"msg":"ready"/)
  child.kill('SIGTERM')
  assert.equal(await exited, 1)
  assert.match(output(), /work did not finish within the deadline/)
})

test('a second signal exits at once', async () => {
  const { child, exited, until } = startProcess({ BEHAVIOUR: 'hangs' })
  await until(/"msg":"ready"/)
  child.kill('SIGTERM')
  await until(/closing the second/)
  child.kill('SIGTERM')
  assert.equal(await exited, 1)
})

test('a start that fails closes what was opened and exits with 1', async () => {
  const { exited, output } = startProcess({ BEHAVIOUR: 'fails' })
  assert.equal(await exited, 1)
  assert.match(output(), /no licence/)
  assert.match(output(), /closed the first/)
})

test('a process that still waits for a dependency stops at once', async () => {
  const { child, exited, until, output } = startProcess({ BEHAVIOUR: 'waits' })
  await until(/dependency not reachable/)
  child.kill('SIGTERM')
  assert.equal(await exited, 0)
  assert.match(output(), /closed the first/)
})

test('an uncaught exception is logged and ends the process with 1', async () => {
  const { exited, output } = startProcess({ BEHAVIOUR: 'crashes' })
  assert.equal(await exited, 1)
  assert.match(output(), /"level":"fatal".*SyntaxError/)
})

test('a bad environment is one message and exit code 78', async () => {
  const { exited, output } = startProcess({ OPS_PORT: 'many' })
  assert.equal(await exited, 78)
  assert.match(output(), /OPS_PORT is "many"/)
})

test('--help and -h print the variables and exit with 0', async () => {
  for (const help of ['--help', '-h']) {
    const { exited, output } = startProcess({ OPS_PORT: 'many' }, [help])
    assert.equal(await exited, 0)
    assert.match(output(), /^BEHAVIOUR +good/m)
  }
})

test('an argument that is none exits with 64 and says where the options are', async () => {
  for (const argument of ['--port=80', 'start']) {
    const { exited, output } = startProcess({}, [argument])
    assert.equal(await exited, 64)
    assert.match(
      output(),
      new RegExp(`^"${argument}" is no option: set variables of the environment instead, which --help lists`),
    )
  }
})

test('the ops port tells whether the process lives, is ready, and what it measures', async () => {
  const { child, exited, until } = startProcess({ BEHAVIOUR: 'lame' })
  const [, port] = await until(/"opsPort":(\d+)/)
  const get = (path: string) => fetch(`http://127.0.0.1:${port}${path}`)
  assert.equal((await get('/livez')).status, 200)
  const readiness = await get('/readyz')
  assert.equal(readiness.status, 503)
  assert.deepEqual(await readiness.json(), { ready: false, state: 'ready', faults: { database: 'database is away' } })
  const status = (await (await get('/status')).json()) as { service: string; parts: unknown }
  assert.equal(status.service, 'example')
  assert.deepEqual(status.parts, { answer: 42 })
  assert.match(await (await get('/metrics')).text(), /^livepods_nodejs_eventloop_lag_seconds /m)
  const elsewhere = await get('/elsewhere')
  assert.deepEqual([elsewhere.status, elsewhere.headers.get('content-type')], [404, 'application/problem+json'])
  for (const [request, code] of [
    ['hello\r\n\r\n', 400],
    [`GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
  ] as const) {
    const socket = connect(Number(port), '127.0.0.1')
    socket.write(request)
    const [head = '', body = ''] = Buffer.concat(await socket.toArray())
      .toString()
      .split('\r\n\r\n')
    assert.match(head, new RegExp(`^HTTP/1.1 ${code} .*\r\ncontent-type: application/problem\\+json`, 's'))
    const problem = JSON.parse(body) as { status: number; detail: string; requestId: string }
    assert.deepEqual([problem.status, /\.$/.test(problem.detail), typeof problem.requestId], [code, true, 'string'])
  }
  child.kill('SIGTERM')
  assert.equal(await exited, 0)
})

test('OPS_HOST keeps the ops port elsewhere than HOST', async () => {
  const { child, exited, until } = startProcess({ OPS_HOST: '127.0.0.2' })
  const [, port] = await until(/"opsPort":(\d+)/)
  assert.equal((await fetch(`http://127.0.0.2:${port}/livez`)).status, 200)
  await assert.rejects(fetch(`http://127.0.0.1:${port}/livez`))
  child.kill('SIGTERM')
  assert.equal(await exited, 0)
})
