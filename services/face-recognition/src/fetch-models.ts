// Fetches the nets of FACE_ENGINE=opencv: pnpm --filter @livepods/face-recognition models [folder]
import { resolve } from 'node:path'
import { FetchError, fetchModels } from './engine/opencv/fetch-models.ts'
import { MODEL_FOLDER } from './engine/opencv/model-folder.ts'

// pnpm runs scripts in the folder of their package; paths are meant from where it was called.
const { npm_lifecycle_event: script, INIT_CWD: calledIn } = process.env
const [named] = process.argv.slice(2).filter((argument) => argument !== '--')
const folder = named ? resolve(script === 'models' && calledIn ? calledIn : process.cwd(), named) : MODEL_FOLDER

try {
  const isNew = await fetchModels(folder)
  console.log(`${isNew ? 'fetched into' : 'there already:'} ${folder}`)
} catch (error) {
  if (!(error instanceof FetchError)) throw error
  console.error(error.message)
  process.exitCode = 1
}
