import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'
import { repository } from '@livepods/system'
import { compose, namesIn } from '../src/compositions.ts'
import { environmentFaults } from '../src/environment.ts'
import { flowFaults } from '../src/flow-faults.ts'
import type { Manifest } from '../src/manifest.ts'
import { folderOf, ownName, programs } from '../src/program.ts'
import { parse, renderer } from '../src/render.ts'
import { suiteOf } from '../src/rule.ts'
import { rules } from '../src/rules.ts'
import { schemaFaults } from '../src/schema.ts'
import { unknownFields } from '../src/unknown-fields.ts'

/** The overlays and the base, alone, with each component, with each pair of them, and with all. */
async function compositions(): Promise<[below: string, components: string[]][]> {
  const components = await namesIn('components')
  const overlays = (await namesIn('overlays')).map((overlay) => `overlays/${overlay}`)
  const pairs = components.flatMap((one, index) => components.slice(index + 1).map((other) => [one, other]))
  return [
    ...['base', ...overlays].map((below): [string, string[]] => [below, []]),
    ...[...components.map((component) => [component]), ...pairs].map((some): [string, string[]] => ['base', some]),
    ['base', components],
    ['overlays/local', components],
  ]
}

const skip = renderer ? false : 'neither kubectl nor kustomize is installed: the manifests are not looked at'

describe('manifests', { skip }, async () => {
  const rendered = new Map<string, Manifest[]>()

  before(async () => {
    for (const [below, components] of await compositions())
      rendered.set([below, ...components].join(' + '), await compose(below, components))
  })

  /** Faults of all compositions, each once, with the first composition that has it. */
  async function faultsOf(find: (manifests: Manifest[]) => Promise<string[]> | string[]): Promise<string[]> {
    const faults = new Map<string, string>()
    for (const [composition, manifests] of rendered)
      for (const fault of await find(manifests)) if (!faults.has(fault)) faults.set(fault, composition)
    return [...faults].map(([fault, composition]) => `${fault} (${composition})`)
  }

  test('every composition renders', () => {
    for (const [composition, manifests] of rendered) assert.ok(manifests.length > 40, composition)
  })

  test('they fit the schemas of Kubernetes and of the operators', async () => {
    const seen = new Map<string, Promise<string[]>>()
    const once = (manifest: Manifest) => {
      const key = JSON.stringify(manifest)
      const faults = seen.get(key) ?? schemaFaults(manifest)
      seen.set(key, faults)
      return faults
    }
    assert.deepEqual(await faultsOf(async (manifests) => (await Promise.all(manifests.map(once))).flat()), [])
  })

  test('they have no field that nobody knows', async () => {
    assert.deepEqual(await unknownFields([...rendered.values()].flat()), [])
  })

  for (const { name, reason, faults } of rules)
    test(`${name}: ${reason}`, async () => {
      assert.deepEqual(await faultsOf((manifests) => [...faults(suiteOf(manifests))]), [])
    })

  test('NetworkPolicies allow the calls that the services make, and no others', async () => {
    assert.deepEqual(await faultsOf((manifests) => flowFaults(suiteOf(manifests))), [])
  })

  test('variables, files and ports are those that the programs know', async () => {
    assert.deepEqual(await faultsOf((manifests) => environmentFaults(suiteOf(manifests))), [])
  })

  test('every image of ours has a Dockerfile', async () => {
    const missing = ({ image = '' }) =>
      ownName(image) === undefined || existsSync(join(repository, folderOf(image, programs) ?? '', 'Dockerfile'))
        ? []
        : [image]
    const ofAll = (manifests: Manifest[]) =>
      suiteOf(manifests).workloads.flatMap(({ containers }) => containers.flatMap(missing))
    assert.deepEqual(await faultsOf(ofAll), [])
  })

  test('the default is the base', async () => {
    const [kustomization] = parse(await readFile(new URL('../kustomization.yaml', import.meta.url), 'utf8'))
    assert.deepEqual((kustomization as unknown as { resources: string[] }).resources, ['base'])
  })
})
