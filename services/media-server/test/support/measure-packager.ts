import { Packager } from '../../src/cmaf/packager.ts'
import { Presentation } from '../../src/cmaf/presentation.ts'
import { BEGINNING } from './packaged.ts'
import { programme } from './programme.ts'
import { SEGMENTS } from './segments.ts'

/*
 * What one stream of 2 Mbit/s (30 pictures a second, a key frame each two seconds, AAC) costs the packager:
 *
 *     node --expose-gc test/support/measure-packager.ts [seconds of the stream, 3600]
 *
 * Prints CPU seconds, bytes of the segments in both windows, and bytes of all buffers that are held.
 */
const seconds = Number(process.argv[2] ?? 3600)
const pictures = { rate: 30, keyEvery: 2, bytes: 7800 }
/** Sent again and again with later times, so that the making of them is not measured. */
const tenSeconds = [...programme({ seconds: 10, pictures, sound: { bytes: 320 } })]
const presentation = new Presentation(SEGMENTS.window, new Date(BEGINNING))
let time = 0
const packager = new Packager({ presentation, targets: SEGMENTS.targets, now: () => BEGINNING + time })

const heldBefore = await heldBytes()
const before = process.cpuUsage()
for (let from = 0; from < seconds; from += 10)
  for (const message of tenSeconds) {
    time = from * 1000 + message.timestamp
    packager.write(message, time)
  }
const { user, system } = process.cpuUsage(before)
const segments = [...presentation.tracks.values()].flatMap(({ window }) => window.segments)
const result = {
  streamSeconds: seconds,
  cpuSeconds: (user + system) / 1e6,
  windowBytes: segments.reduce((sum, { size }) => sum + size, 0),
  heldBytes: (await heldBytes()) - heldBefore,
}
process.stdout.write(`${JSON.stringify(result)}\n`)

/** Memory of buffers is given back a little after a collection. */
async function heldBytes(): Promise<number> {
  for (let round = 0; round < 3; round++) {
    globalThis.gc?.()
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  return tenSeconds.length > 0 ? process.memoryUsage().arrayBuffers : 0
}
