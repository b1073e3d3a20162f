import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { NODE_VERSION } from '../src/node-image.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Where a version of Node stands: an image, the tag of a kustomization, a workflow. */
const PLACES = [
  /node:v?(\d[\d.]*)-[a-z]+/g,
  /newName: [\w./-]*\bnode\n\s+newTag: (\d[\d.]*)-/g,
  /name: [\w./-]*\bnode\n\s+newTag: (\d[\d.]*)-/g,
  /node-version: (\d[\d.]*)/g,
  /nodeVersion: (\d[\d.]*)/g,
]

test('every image, manifest, workflow and check of a package names the Node of the catalog', () => {
  assert.match(NODE_VERSION, /^\d+\.\d+\.\d+$/)
  const files = execFileSync('git', ['ls-files', '*Dockerfile*', '*.yaml', '*.yml', '*.sh'], {
    cwd: root,
    encoding: 'utf8',
  })
    .split('\n')
    .filter((file) => file !== '' && file !== 'pnpm-lock.yaml')
  const found = files.flatMap((file) => {
    const text = readFileSync(join(root, file), 'utf8')
    return PLACES.flatMap((place) => [...text.matchAll(place)].map(([, version]) => `${file}: ${version}`))
  })
  assert.ok(found.length > 10, found.join('\n'))
  assert.deepEqual(
    found.filter((place) => !place.endsWith(`: ${NODE_VERSION}`)),
    [],
  )
})
