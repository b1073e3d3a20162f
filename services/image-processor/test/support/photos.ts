import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The folder of test photos: FACES, or `shared/faces` beside the repository. They are not part of the repository. */
export const photos = process.env.FACES ?? fileURLToPath(new URL('../../../../../shared/faces', import.meta.url))

/** For the option `skip`: where the folder is absent the tests that need it are skipped. */
export const withoutPhotos = existsSync(photos) ? false : 'needs the test photos'
