import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { UsageError } from '@livepods/service'
import { readOptions } from '../src/cluster/options.ts'

test('a folder, a version to upgrade to, and a short form', () => {
  assert.deepEqual(readOptions(['--smoke', '--next', 'next', 'mine']), {
    ...{ smoke: true, next: 'next', only: undefined, folder: 'mine' },
  })
})

test('without a folder it is k8s itself, tried whole', () => {
  assert.deepEqual(readOptions([]), {
    smoke: false,
    next: undefined,
    only: undefined,
    folder: fileURLToPath(new URL('../', import.meta.url)),
  })
})

test('help is asked for in two ways', () => {
  assert.deepEqual([readOptions(['--help']), readOptions(['-h'])], ['help', 'help'])
})

test('what it does not know is named', () => {
  const refused = (args: string[], message: RegExp) =>
    assert.throws(
      () => readOptions(args),
      (error: Error) => error instanceof UsageError && message.test(error.message),
    )
  refused(['--fast'], /--fast/)
  refused(['one', 'two'], /not also two/)
  refused(['--only', 'faces'], /one of delivery, compute, not faces/)
})

test('where no cluster answers it says so in a sentence, and ends with 64', async () => {
  const main = fileURLToPath(new URL('../src/cluster/main.ts', import.meta.url))
  const env = { PATH: process.env.PATH, KUBECONFIG: fileURLToPath(new URL('no-such-file', import.meta.url)) }
  await assert.rejects(promisify(execFile)(process.execPath, [main], { env }), {
    code: 64,
    stderr: /^The cluster of KUBECONFIG cannot be used\. kubectl .*\n$/,
  })
})
