import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { describe as describeFaces } from '../../src/engine/describe.ts'
import { openFaceApi } from '../../src/engine/face-api.ts'
import { testParityWith } from '../support/parity.ts'
import { samples } from '../support/samples.ts'

const engine = await openFaceApi('tfjs-node').catch(() => undefined)
// Its addon comes with `pnpm --filter @livepods/face-recognition tfjs-node`, 1.1 GB.
const skip = engine ? false : 'needs the addon of tfjs-node'

describe('face-api on tfjs-node', { skip }, () => {
  if (!engine) return
  testParityWith(engine)

  test('describes a whole picture', async () => {
    const { faces } = await describeFaces(engine, readFileSync(join(samples, 'sample1.jpg')))
    assert.equal(faces.length, 3)
  })
})
