import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { following } from '../src/run-tests.ts'

const FILES = {
  'mixed.test.mjs': `
    import { describe, test } from 'node:test'
    test('passes', () => {})
    test('fails', () => { throw new Error('one is not two') })
    test('is skipped', { skip: true }, () => {})
    test('is for later', { todo: true }, () => { throw new Error('not yet') })
    describe('together', () => test('fails in it', () => { throw new Error('three is not four') }))`,
  'passing.test.mjs': "import { test } from 'node:test'; test('passes', () => {})",
  'crashing.test.mjs': 'process.exit(3)',
  'hanging.test.mjs':
    "import { test } from 'node:test'; test('hangs', () => new Promise((done) => setInterval(done, 1e9)))",
}

/** Runs a shell script among these files; what it prints goes to `print` as it comes. */
async function run(script: string, print: (text: string) => void) {
  const folder = await mkdtemp(join(tmpdir(), 'livepods-run-tests-'))
  try {
    for (const [name, text] of Object.entries(FILES)) await writeFile(join(folder, name), text)
    // What these tests are run with is not for those.
    const environment = { NODE_TEST_CONTEXT: undefined, NODE_OPTIONS: undefined }
    return await following('sh', ['-c', `cd ${folder}; ${script}`], { environment, print })
  } finally {
    await rm(folder, { recursive: true })
  }
}

test('what the runners of all packages counted is added up, and what failed stands once more at the end', async () => {
  let printed = ''
  const script = 'npm_package_name=a node --test mixed.test.mjs; npm_package_name=b node --test passing.test.mjs'
  const counts = await run(script, (text) => {
    printed += text
  })
  assert.deepEqual(counts, { passed: 2, failed: 2, skipped: 2 })
  const [before = '', end = ''] = printed.split('What failed:')
  assert.match(before, /✔ passes.*✖ fails.*✔ passes/s)
  assert.deepEqual(end.match(/^.*✖.*$/gm), ['a: ✖ fails (mixed.test.mjs:4)', 'a: ✖ fails in it (mixed.test.mjs:7)'])
  assert.match(end, /Error: one is not two.*Error: three is not four/s)
  assert.doesNotMatch(end, /not yet|subtest/)
})

test('tests that crash, or do not even start, count as failed', async () => {
  assert.deepEqual(await run('node --test crashing.test.mjs', () => {}), { passed: 0, failed: 1, skipped: 0 })
  assert.deepEqual(await run('exit 1', () => {}), { passed: 0, failed: 1, skipped: 0 })
})

test('tests that hang are ended, count as failed, and are named, whatever others go on saying', async (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] })
  const script = `npm_package_name=a node --test passing.test.mjs
    npm_package_name=b node --test hanging.test.mjs & trap 'kill $!; exit 1' TERM
    while sleep 0.02; do echo more; done`
  let printed = ''
  const counts = await run(script, (text) => {
    printed += text
    if (text === 'more\n') context.mock.timers.tick(60_000)
  })
  assert.deepEqual([counts.passed, counts.failed], [1, 1])
  assert.match(printed, /Nothing was said for 12 minutes by b: it hangs\./)
})
