import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

/**
 * Fetches the nets of FACE_ENGINE=opencv, unless they are there, by the command of the service that reads them. Rejects with the sentence
 * of that command.
 */
export async function fetchFaceModels(
  declarations: readonly { env: { properties: object }; main: URL }[],
  announce: (sentence: string) => void,
): Promise<void> {
  const service = declarations.find(({ env }) => 'FACE_MODELS' in env.properties)
  if (!service) return
  announce('looking for the nets of opencv; pip fetches them once, 10 MB')
  const command = fileURLToPath(new URL('fetch-models.ts', service.main))
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [command])
    announce(`nets of opencv: ${stdout.trim()}`)
  } catch (error) {
    const { stderr, message } = error as { stderr?: string; message: string }
    throw new Error(stderr?.trim() || message, { cause: error })
  }
}
