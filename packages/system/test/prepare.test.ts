import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync, readFileSync, utimesSync } from 'node:fs'
import { cp, mkdir, mkdtempDisposable, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const src = fileURLToPath(new URL('../src/', import.meta.url))
const PARTS = ['prepare.js', 'requirement.js', 'find-program.js']

/** A repository in which nothing is installed, with a pnpm that writes down what it is called with, and fails when PNPM_FAILS is set. */
async function repository(path: string) {
  const system = join(path, 'packages/system')
  await mkdir(join(system, 'src'), { recursive: true })
  for (const part of PARTS) await cp(join(src, part), join(system, 'src', part))
  await writeFile(join(system, 'package.json'), '{ "type": "module" }')
  await writeFile(join(path, 'pnpm-lock.yaml'), '')
  const pnpm = '#!/bin/sh\n[ -z "$PNPM_FAILS" ] || exit 1\nmkdir -p node_modules\necho "$@" >> called\n'
  await mkdir(join(path, 'bin'))
  await writeFile(join(path, 'bin/pnpm'), pnpm, { mode: 0o755 })
  return {
    prepare: (environment: Record<string, string> = {}) =>
      promisify(execFile)(process.execPath, [join(system, 'src/prepare.js')], {
        env: { PATH: `${join(path, 'bin')}:${process.env.PATH}`, MYSQL_CONNECTION: 'elsewhere', ...environment },
      }),
    called: () =>
      existsSync(join(path, 'called')) ? readFileSync(join(path, 'called'), 'utf8').trim().split('\n') : [],
    path,
  }
}

test('the first time only what running needs is installed, and nothing again until the lockfile changes', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'livepods-prepare-'))
  const { prepare, called, path } = await repository(folder.path)
  await prepare()
  assert.equal(called().length, 1)
  assert.match(called()[0] ?? '', /^install --prod --filter=livepods --filter-prod=\{\.\/services\/\*\}\.\.\. /)
  await prepare()
  assert.equal(called().length, 1)
  const later = Date.now() / 1000 + 60
  utimesSync(join(path, 'pnpm-lock.yaml'), later, later)
  await prepare()
  assert.equal(called().length, 2)
})

test('whoever has the packages of development keeps them', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'livepods-prepare-'))
  const { prepare, called, path } = await repository(folder.path)
  await mkdir(join(path, 'node_modules/turbo'), { recursive: true })
  await prepare()
  assert.deepEqual(called(), ['install'])
})

test('packages that could not be installed end the start, and are tried again by the next one', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'livepods-prepare-'))
  const { prepare, called } = await repository(folder.path)
  await assert.rejects(prepare({ PNPM_FAILS: '1' }), { code: 1, stderr: /pnpm could not install the packages/ })
  await prepare()
  assert.equal(called().length, 1)
})
