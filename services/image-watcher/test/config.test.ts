import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readEnvironment } from '@livepods/service'
import { Env } from '../src/config.ts'

for (const variable of ['KUBERNETES_URL', 'NOTIFY_URL'])
  test(`${variable} that is no address is refused by name`, () => {
    const url = 'http://127.0.0.1:8001/x'
    assert.equal(readEnvironment(Env, { [variable]: url })[variable as 'NOTIFY_URL'], url)
    for (const bad of ['http://', 'http://a:99999', '127.0.0.1:8001', 'ftp://a'])
      assert.throws(() => readEnvironment(Env, { [variable]: bad }), new RegExp(variable), bad)
  })
