import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { borrow, release } from '../memory.ts'
import type { EngineName } from './engine.ts'
import { MODEL_FILES } from './opencv/model-folder.ts'
import { MODELS, WEIGHTS_FOLDER } from './weights.ts'

/** Raise the number when the same weights give other embeddings than before. */
const REVISIONS: Record<EngineName, string> = { onnx: 'onnx 1', 'face-api': 'face-api 2', opencv: 'opencv 1' }
/** Raise it when more faces are found than before: photos that an older finder looked at are looked at once more. */
export const FINDER = 1
const LENGTH = 32
/** Bytes that are read at once. */
const PIECE = 2 ** 20

/**
 * Whose embeddings an engine makes, 32 characters: a hash of the weights and of how they are used. Known before an engine is open. That of
 * opencv begins with "opencv-": image-processor joins its faces at another distance.
 */
export async function engineId(engine: EngineName): Promise<string> {
  const hash = createHash('sha256').update(REVISIONS[engine])
  const isOpencv = engine === 'opencv'
  if (isOpencv) for (const { sha256 } of Object.values(MODEL_FILES)) hash.update(sha256)
  const piece = new Uint8Array(borrow(PIECE))
  for (const model of isOpencv ? [MODELS.landmarks] : Object.values(MODELS)) {
    await using file = await open(join(WEIGHTS_FOLDER, `${model}.bin`))
    for (let { bytesRead } = await file.read(piece); bytesRead > 0; { bytesRead } = await file.read(piece))
      hash.update(piece.subarray(0, bytesRead))
  }
  release(piece)
  return `${isOpencv ? 'opencv-' : ''}${hash.digest('hex')}`.slice(0, LENGTH)
}
