import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { ANSWER_WITHIN_SECONDS } from '@livepods/face-recognition/answer-within'
import { Env as imageProcessor } from '@livepods/image-processor/config'

test('face-recognition says what became of a picture before image-processor gives the call up', async () => {
  const { default: byDefault } = imageProcessor.properties.CALL_WITHIN_SECONDS as unknown as { default: number }
  const manifest = await readFile(new URL('../base/faces/image-processor/workload.yaml', import.meta.url), 'utf8')
  const set = /name: CALL_WITHIN_SECONDS\s+value: "([\d.]+)"/.exec(manifest)?.[1]
  for (const seconds of [byDefault, Number(set ?? byDefault)]) assert.ok(ANSWER_WITHIN_SECONDS <= 0.8 * seconds)
})
