import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ofKind } from '../src/manifest.ts'
import { render, renderer, root } from '../src/render.ts'

const skip = renderer ? false : 'neither kubectl nor kustomize is installed'

test('the production overlay has its own addresses, not those of the component external-data', { skip }, async () => {
  const manifests = await render(new URL('overlays/production/', root))
  const maps = ofKind<{ data?: Record<string, string> }>(manifests, 'ConfigMap').map(({ data }) => data)
  const { MYSQL_CONNECTION, S3_ENDPOINT } = Object.assign({}, ...maps) as Record<string, string>
  assert.deepEqual([MYSQL_CONNECTION, S3_ENDPOINT], ['mysql.example.com', 'https://s3.example.com'])
})
