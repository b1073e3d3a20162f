import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { promisify } from 'node:util'

const LOG = new URL('../src/log.ts', import.meta.url)

test('what was logged in the last iteration of the event loop is written', async () => {
  for (const end of ['process.exit(0)', 'setImmediate(() => log.info("last"))']) {
    const script = `const { createLog } = await import('${LOG}'); const log = createLog('test'); log.info('one'); log.info('two'); ${end}`
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script])
    const messages = stdout
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { msg: string }).msg)
    assert.deepEqual(messages, end.includes('last') ? ['one', 'two', 'last'] : ['one', 'two'])
  }
})
