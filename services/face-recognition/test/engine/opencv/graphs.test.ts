import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { decode } from '../../../src/engine/decode.ts'
import { readOnnx } from '../../../src/engine/onnx/onnx-model.ts'
import { openSession } from '../../../src/engine/onnx/session.ts'
import { CHIP_SIZE } from '../../../src/engine/opencv/five-points.ts'
import { OPENCV_GRAPHS } from '../../../src/engine/opencv/graphs.ts'
import { type OpencvModel, readModels } from '../../../src/engine/opencv/model-folder.ts'
import { Pyramid } from '../../../src/engine/pyramid.ts'
import { warp } from '../../../src/engine/warp.ts'
import { models, withoutModels } from '../../support/opencv-models.ts'
import { samples } from '../../support/samples.ts'

const { InferenceSession, Tensor } = createRequire(import.meta.url)(
  'onnxruntime-node',
) as typeof import('onnxruntime-node')
/** The only side that YuNet's file names. */
const YUNET_SIDE = 640

type Numbers = Record<string, Float32Array>

/**
 * onnxruntime refuses a block size where a constant has one scale for all of it, as YuNet's biases have: the same file without those sizes.
 * Of AttributeProto, field 3 is the number.
 */
function withoutNeedlessBlocks(file: Uint8Array): Buffer {
  const bytes = Buffer.from(file)
  const { nodes, constants } = readOnnx(file)
  for (const { operator, inputs } of nodes) {
    const [stored = '', scales = ''] = inputs
    if (operator !== 'DequantizeLinear' || constants.get(scales)?.shape.join() !== '1') continue
    const size = bytes.indexOf('block_size', bytes.indexOf(`${stored}_node`)) + 'block_size'.length
    assert.ok(bytes[size] === 3 * 8 && (bytes[size + 1] as number) < 0x80)
    bytes[size + 1] = 0
  }
  return bytes
}

/** What the file itself says of a square picture; `order` are the channels as it wants them. */
async function asShipped(file: Uint8Array, rgb: Uint8Array, side: number, order: number[]): Promise<Numbers> {
  const session = await InferenceSession.create(withoutNeedlessBlocks(file), {
    intraOpNumThreads: 1,
    logSeverityLevel: 3,
  })
  const [picture, ...weights] = session.inputMetadata
  const planes = new Float32Array(3 * side * side)
  for (const [plane, channel] of order.entries())
    for (let i = 0; i < side * side; i++) planes[plane * side * side + i] = rgb[3 * i + channel] as number
  // SFace names weights as inputs that nothing in it reads any more; onnxruntime wants them all the same.
  const unread = weights.map(({ name, shape }: { name: string; shape?: readonly (number | string)[] }) => {
    const dims = (shape ?? []) as number[]
    return [name, new Tensor('float32', new Float32Array(dims.reduce((product, length) => product * length, 1)), dims)]
  })
  const feeds = { [(picture as { name: string }).name]: new Tensor('float32', planes, [1, 3, side, side]) }
  const outputs = await session.run({ ...feeds, ...Object.fromEntries(unread) })
  await session.release()
  return Object.fromEntries(Object.entries(outputs).map(([name, { data }]) => [name, data as Float32Array]))
}

describe('of the same photo the changed nets make the same numbers as those of the files', {
  skip: withoutModels,
}, () => {
  const cases: [model: OpencvModel, side: number, order: number[]][] = [
    ['detector', YUNET_SIDE, [2, 1, 0]],
    ['descriptors', CHIP_SIZE, [0, 1, 2]],
  ]
  for (const [model, side, order] of cases) {
    test(model, async () => {
      const { [model]: file } = await readModels(models)
      const { picture } = await decode(readFileSync(join(samples, 'sample1.jpg')))
      const scale = picture.width / side
      const data = warp(new Pyramid(picture), { a: scale, b: 0, x0: 0, y0: 0 }, side)
      const meant = await asShipped(file, data, side, order)
      const session = await openSession(OPENCV_GRAPHS[model](file))
      const made = await session.run({ image: { data, shape: [1, side, side, 3] } })
      await session.close()
      assert.deepEqual(Object.keys(made).sort(), Object.keys(meant).sort())
      for (const [name, numbers] of Object.entries(meant)) {
        const differences = numbers.map((value, i) => Math.abs(value - (made[name]?.[i] as number)))
        const largest = differences.reduce((one, other) => Math.max(one, other))
        assert.ok(numbers.some((value) => value !== 0) && largest < 2e-5, `${name}: ${largest}`)
      }
    })
  }
})
