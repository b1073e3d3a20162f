import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

const require = createRequire(import.meta.url)

/** Where the sample photos `sample1.jpg` to `sample6.jpg` lie that ship with face-api. */
export const samples = join(dirname(require.resolve('@vladmandic/face-api/package.json')), 'demo')
