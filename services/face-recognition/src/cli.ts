import { ImagesEnv } from '@livepods/images/env'
import { EnvironmentError, readEnvironment, UsageError } from '@livepods/service'
import { Type } from 'typebox'
import { readCommandLine, USAGE } from './cli/command-line.ts'
import { identifyPhotos } from './cli/identify-photos.ts'
import { Env } from './config.ts'

const { FACE_ENGINE, FACE_MODELS, FACE_WORKERS, FACE_THRESHOLD, GALLERY_DIR } = Env.properties
const { IMAGE_MAX_MEGABYTES } = ImagesEnv
const CliEnv = Type.Object({
  FACE_ENGINE,
  FACE_MODELS,
  FACE_WORKERS,
  FACE_THRESHOLD,
  GALLERY_DIR,
  IMAGE_MAX_MEGABYTES,
})

// pnpm runs scripts in the folder of their package; paths are meant from where it was called.
const { npm_lifecycle_event: script, INIT_CWD: calledIn } = process.env
const folder = script === 'identify' && calledIn ? calledIn : process.cwd()

const unread = new AbortController()
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // Whoever read the output wants no more of it, such as `head`.
  if (error.code !== 'EPIPE') throw error
  unread.abort()
})

try {
  const commandLine = readCommandLine(process.argv.slice(2), folder)
  if (!commandLine) process.stdout.write(USAGE)
  else process.exitCode = await identifyPhotos(commandLine, readEnvironment(CliEnv, process.env), unread.signal)
} catch (error) {
  if (error instanceof EnvironmentError) console.error(error.message)
  else if (error instanceof UsageError) console.error(`identify: ${error.message} (--help says more)`)
  else throw error
  process.exitCode = error.exitCode
}
