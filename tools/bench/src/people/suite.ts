import { SAMPLE_THRESHOLD } from '@livepods/samples'
import { eventually } from '@livepods/testing'
import { openBrowser } from '../browser.ts'
import { Field } from '../field.ts'
import { placePhotos, samplePaths } from '../pipeline/photos.ts'
import { measureParts, type Suite } from '../suite.ts'
import { naming } from './naming.ts'
import { MOST_PHOTOS, paint } from './paint.ts'
import { reMatch } from './re-match.ts'
import { upload } from './upload.ts'
import { waitTable, waitTarget } from './waits.ts'

const PARTS = { paint, upload, naming, look: reMatch }

/** `pnpm bench people`: what people wait for at the page, and what a change of the known people costs. */
export const people: Suite = {
  parts: Object.keys(PARTS),
  async run(bench) {
    bench.progress.say('starting the suite')
    await using stack = new AsyncDisposableStack()
    const field = await Field.start(stack, bench, {
      prepare: async (folders) => await placePhotos(MOST_PHOTOS, folders),
      environment: { FACE_THRESHOLD: SAMPLE_THRESHOLD },
    })
    const browser = stack.adopt(await openBrowser(bench.progress), (browser) => browser.close())
    const found = await measureParts(PARTS, { field, browser, engine: await engineOf(field) }, bench)
    const waits = found.flatMap(({ waits }) => waits)
    return {
      title: 'What people wait for',
      about: [
        'All processes of the suite run on this machine as `pnpm dev` runs them, with a browser (Chromium) and what sends photos beside them, and share its cores. ' +
          'Stored faces are made ones, in groups of strangers, one on a photo; 5 photos a second of 640 × 480 pixels come in during the last part, and are looked at.',
      ],
      targets: [...waits.flatMap(waitTarget), ...found.flatMap(({ targets = [] }) => targets)],
      tables: [waitTable(waits)],
      data: Object.assign({}, ...found.map(({ data }) => data)),
    }
  },
}

/** The engine that the faces of a first photo were described by. */
async function engineOf(field: Field): Promise<string> {
  await field.post(samplePaths(1))
  return await eventually(async () => {
    const [row] = await field.database.rows<{ engine: string }>("SELECT engine FROM faces WHERE engine <> '' LIMIT 1")
    if (!row) throw new Error('No face is described.')
    return row.engine
  })
}
