import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import type { EngineName } from './engine.ts'
import { MODELS, WEIGHTS_FOLDER } from './weights.ts'

/** Raise the number when the same weights give other descriptors than before. */
const REVISIONS: Record<EngineName, string> = { onnx: 'onnx 1', 'face-api': 'face-api 2' }

/** Whose descriptors an engine makes, 32 characters: a hash of the weights and of how they are used. Known before an engine is open. */
export async function engineId(engine: EngineName): Promise<string> {
  const hash = createHash('sha256').update(REVISIONS[engine])
  for (const model of Object.values(MODELS))
    for await (const piece of createReadStream(join(WEIGHTS_FOLDER, `${model}.bin`))) hash.update(piece)
  return hash.digest('hex').slice(0, 32)
}
