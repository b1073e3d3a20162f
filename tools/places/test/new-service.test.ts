import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { environmentFaults } from '@livepods/k8s/environment'
import { flowFaults } from '@livepods/k8s/flow-faults'
import { renderer } from '@livepods/k8s/render'
import { suiteOf } from '@livepods/k8s/rule'
import { rules } from '@livepods/k8s/rules'
import { declarationsIn, System } from '@livepods/system'
import { writeLists } from '../src/lists.ts'
import { placeFaults, readPlaces } from '../src/places.ts'
import { EDITS, type Edit, NewServiceRoot } from './support/new-service.ts'

const all = Object.keys(EDITS) as Edit[]
const skip = renderer ? false : 'neither kubectl nor kustomize is installed'

/** What is wrong with a root in which a person made these edits and, as they are told, ran `pnpm generate`. */
async function faultsAfter(edits: Edit[]): Promise<string[]> {
  using root = new NewServiceRoot(edits)
  const declared = await declarationsIn(root.path)
  await writeLists(root.path, declared)
  return placeFaults(await readPlaces(declared, root.path), declared)
}

test('a new service is missed by name in every place', { skip }, async () => {
  using root = new NewServiceRoot([])
  const declared = await declarationsIn(root.path)
  const faults = placeFaults(await readPlaces(declared, root.path), declared)
  assert.deepEqual(faults, [
    'README.md has no row for hello',
    'docker/compose.yaml has no block for hello',
    'k8s/base has no workload for hello',
    '.github/workflows/images.yml lacks "- { name: hello, folder: services/hello }": pnpm generate',
    'k8s/components/monitoring/metrics.yaml lacks "- hello": pnpm generate',
  ])
})

test('with its folder, that of its manifest, a block of compose and a row of the README it is everywhere', {
  skip,
}, async () => {
  assert.deepEqual(await faultsAfter(all), [])
})

for (const place of all)
  test(`without its edit of ${place} it is missed there, and nowhere else`, { skip }, async () => {
    const [fault, ...others] = await faultsAfter(all.filter((edit) => edit !== place))
    assert.ok(fault?.startsWith(place) && fault.endsWith('for hello'), fault)
    assert.deepEqual(others, [])
  })

test('its manifest keeps the rules of all manifests, and its flows are those that it declares', { skip }, async () => {
  using root = new NewServiceRoot(all)
  const declared = await declarationsIn(root.path)
  await writeLists(root.path, declared)
  const suite = suiteOf((await readPlaces(declared, root.path)).manifests ?? [])
  assert.deepEqual(
    rules.flatMap(({ faults }) => [...faults(suite)]),
    [],
  )
  assert.deepEqual([...environmentFaults(suite, declared), ...flowFaults(suite, declared)], [])
})

test('the suite starts it, and neither a database nor a broker for it alone', async () => {
  using root = new NewServiceRoot([])
  const directory = mkdtempSync(join(tmpdir(), 'livepods-hello-'))
  try {
    const declarations = await declarationsIn(root.path)
    await using system = await System.start({ declarations, groups: ['compute'], directory, usualPorts: false })
    assert.deepEqual(
      system.processes.map(({ name }) => name),
      ['hello'],
    )
    assert.equal(await (await fetch(`http://127.0.0.1:${system.port('hello')}`)).text(), 'hello')
  } finally {
    rmSync(directory, { recursive: true })
  }
})
