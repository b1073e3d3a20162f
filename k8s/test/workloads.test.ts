import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { titleOf, workloadsOf } from '../src/manifest.ts'
import { parse, render, renderer, root } from '../src/render.ts'

const files = globSync('base/*/*/workload.yaml', { cwd: fileURLToPath(root) })

const skip = renderer ? false : 'neither kubectl nor kustomize is installed'

describe('workloads', { skip }, () => {
  test('there are some, and each is part of the base', async () => {
    const workloads = workloadsOf(await render(new URL('base/', root))).map(({ name }) => name)
    assert.ok(files.length > 3)
    for (const file of files) assert.ok(workloads.includes(basename(dirname(file))), file)
  })

  for (const file of files)
    test(`${file}: the component replaces nothing that it says`, async () => {
      const name = basename(dirname(file))
      const rendered = await render(new URL(`${dirname(file)}/`, root))
      for (const said of parse(readFileSync(new URL(file, root), 'utf8').replace('name: main', `name: ${name}`))) {
        const applied = rendered.find((manifest) => titleOf(manifest) === titleOf(said))
        assert.ok(isPartOf(said, applied), `${titleOf(said)} is ${JSON.stringify(applied)}`)
      }
    })
})

/** Whether all that one value has is in another; lists may be longer and in another order. */
function isPartOf(part: unknown, whole: unknown): boolean {
  if (Array.isArray(part))
    return Array.isArray(whole) && part.every((entry) => whole.some((other) => isPartOf(entry, other)))
  if (typeof part === 'object' && part !== null && typeof whole === 'object' && whole !== null)
    return Object.entries(part).every(([key, value]) => isPartOf(value, (whole as Record<string, unknown>)[key]))
  return part === whole
}
