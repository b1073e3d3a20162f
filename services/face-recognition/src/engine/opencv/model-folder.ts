import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export type OpencvModel = 'detector' | 'descriptors'

/** YuNet and SFace as OpenCV's model zoo has them, weights in blocks of int8: the SHA-256 are those that the zoo itself keeps. */
export const MODEL_FILES: Record<OpencvModel, { name: string; bytes: number; sha256: string }> = {
  detector: {
    name: 'face_detection_yunet_2023mar_int8bq.onnx',
    bytes: 122_489,
    sha256: '49f000ec501fef24739071fc7e68267d32209045b6822c0c72dce1da25726f10',
  },
  descriptors: {
    name: 'face_recognition_sface_2021dec_int8bq.onnx',
    bytes: 10_667_852,
    sha256: 'fb143eea07838aa532d1c95df5f69899974ea0140e1fba05e94204be13ed74ee',
  },
}

/** Where the models lie unless FACE_MODELS says otherwise: `models` beside `src`. */
export const MODEL_FOLDER = fileURLToPath(new URL('../../../models', import.meta.url))

/** The folder has not exactly the two models; the message says in one sentence which is wrong, and how. */
export class ModelFolderError extends Error {
  override readonly name = 'ModelFolderError'
  readonly code = 'MODEL_FOLDER'
}

/** The bytes of both models. Throws ModelFolderError. */
export async function readModels(folder: string): Promise<Record<OpencvModel, Uint8Array>> {
  return { detector: await readModel(folder, 'detector'), descriptors: await readModel(folder, 'descriptors') }
}

async function readModel(folder: string, model: OpencvModel): Promise<Uint8Array> {
  const path = join(folder, MODEL_FILES[model].name)
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') throw new ModelFolderError(`"${path}" is missing.`)
    throw new ModelFolderError(`"${path}" cannot be read: ${error.code}.`, { cause: error })
  })
  const fault = faultOf(bytes, model)
  if (fault) throw new ModelFolderError(`"${path}" ${fault}.`)
  return bytes
}

/** What is wrong with the bytes of a model, if anything. */
function faultOf(bytes: Uint8Array, model: OpencvModel): string | undefined {
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  const wanted = MODEL_FILES[model]
  if (sha256 === wanted.sha256) return undefined
  const other = Object.values(MODEL_FILES).find((file) => file.sha256 === sha256)
  if (other) return `is ${other.name}`
  if (bytes.length < wanted.bytes) return `has ${bytes.length} of ${wanted.bytes} bytes`
  return `is another version: its SHA-256 is ${sha256}, not ${wanted.sha256}`
}
