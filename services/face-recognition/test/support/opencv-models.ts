import { existsSync } from 'node:fs'
import { MODEL_FOLDER } from '../../src/engine/opencv/model-folder.ts'

/** The nets of FACE_ENGINE=opencv: in FACE_MODELS, or where the command `models` puts them. They are not part of the repository. */
export const models = process.env.FACE_MODELS || MODEL_FOLDER

/** For the option `skip`: where nobody has fetched the nets the tests that need them are skipped, but not where FACE_MODELS names them. */
export const withoutModels = process.env.FACE_MODELS || existsSync(models) ? false : 'needs the nets of opencv'
