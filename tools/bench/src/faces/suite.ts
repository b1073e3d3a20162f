import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { joined } from '../report.ts'
import { measureParts, type Suite } from '../suite.ts'
import { DOCUMENTED, WASM } from './engines.ts'
import { fuzzTable } from './fuzz.ts'
import { galleries } from './galleries.ts'
import { pressure } from './pressure.ts'
import { recall } from './recall.ts'
import { sideBySide } from './side-by-side.ts'
import { makeSpeedPhotos } from './speed-photos.ts'
import { steadiness } from './steadiness.ts'

const PARTS = { engines: sideBySide, recall, pressure, steadiness, galleries }

/** `pnpm bench faces`: the face engines side by side, and the real service when it is busy, for long, and with many known people. */
export const faces: Suite = {
  parts: Object.keys(PARTS),
  option: { name: '--python', value: 'PATH', otherwise: 'python3' },
  async run(bench) {
    using stack = new DisposableStack()
    const folder = stack.adopt(mkdtempSync(join(tmpdir(), 'livepods-bench-photos-')), (path) =>
      rmSync(path, { recursive: true }),
    )
    const nobody = join(folder, 'nobody')
    mkdirSync(nobody)
    const photos = await makeSpeedPhotos(folder)
    const found = joined(await measureParts(PARTS, { folder, nobody, photos }, bench))
    return {
      ...found,
      title: 'Face engines, side by side',
      aboutTargets: `Ratios of CPU time per photo are medians over the rounds. "${WASM}" is face-api's nets in this project's own pipeline (smaller canvas, upright chips), which already makes them faster; "${DOCUMENTED}" is what a user of that library runs.`,
      tables: [...found.tables, ...fuzzTable()],
    }
  },
}
