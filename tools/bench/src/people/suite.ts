import { join } from 'node:path'
import { SAMPLE_PHOTOS, SAMPLE_THRESHOLD } from '@livepods/dev/samples'
import { eventually } from '@livepods/testing'
import { Field } from '../pipeline/field.ts'
import { placePhotos, samplePaths } from '../pipeline/photos.ts'
import type { Progress } from '../progress.ts'
import type { Report } from '../report.ts'
import { StopRequested } from '../stop-requested.ts'
import type { Bench, Suite } from '../suite.ts'
import { targetTable } from '../targets.ts'
import { openBrowser } from './browser.ts'
import { measureLook } from './look.ts'
import { measureNaming } from './naming.ts'
import { type Part, readOptions, USAGE } from './options.ts'
import { measurePaint } from './paint.ts'
import { FULL, type Plan, QUICK } from './plan.ts'
import { type Measured, peopleTables, targetsOf } from './tables.ts'
import { measureUpload } from './upload.ts'

/** `pnpm bench people`: what people wait for at the page, and what a change of the known people costs. */
export const people: Suite = {
  usage: USAGE,
  async run({ quick, args, progress }: Bench): Promise<Report> {
    return await runPeople({ plan: quick ? QUICK : FULL, parts: readOptions(args), progress })
  },
}

/** Measures these parts with all processes of the suite and a browser, which end with it, also at SIGINT and SIGTERM. */
export async function runPeople({
  plan,
  parts,
  progress,
}: {
  plan: Plan
  parts: readonly Part[]
  progress: Progress
}): Promise<Report> {
  using stop = new StopRequested()
  const { signal } = stop
  progress.say('starting the suite')
  await using field = await Field.start({
    prepare: async (folders) => await placePhotos(Math.max(1, plan.paint.photos), folders),
    environment: { FACE_THRESHOLD: SAMPLE_THRESHOLD },
    progress,
    signal,
  })
  await using browser = await openBrowser(progress)
  const engine = await engineOf(field)
  const file = join(field.system.unknownPeople, SAMPLE_PHOTOS[0] ?? '')
  const portrait = join(field.system.knownPeople, 'fiona', 'sample3.jpg')
  const measured: Measured = {}
  const begin = (part: Part) => {
    signal.throwIfAborted()
    if (parts.includes(part)) progress.say(`measuring: ${part}`)
    return parts.includes(part)
  }
  if (begin('paint')) measured.paint = await measurePaint({ field, browser }, plan.paint)
  if (begin('upload')) measured.upload = await measureUpload({ field, browser, file }, plan.upload)
  if (begin('naming')) measured.naming = await measureNaming({ field, browser, engine }, plan.naming)
  if (begin('look')) measured.look = await measureLook({ field, engine, portrait, signal }, plan.look)
  const targets = targetsOf(measured, plan)
  return {
    title: 'What people wait for',
    about: [
      'All processes of the suite run on this machine as `pnpm dev` runs them, with a browser (Chromium) and what sends photos beside them, and share its cores. ' +
        `Stored faces are made ones, in groups of strangers, one on a photo; ${plan.look.uploadsPerSecond} photos a second of 640 × 480 pixels come in during the last part, and are looked at.`,
    ],
    tables: [targetTable(targets), ...peopleTables(measured, plan)],
    data: { targets, ...measured },
  }
}

/** The engine that the faces of a first photo were described by. */
async function engineOf({ receiverPort, database }: Field): Promise<string> {
  await fetch(`http://127.0.0.1:${receiverPort}/v1/images`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ path: samplePaths(1)[0] }),
  })
  return await eventually(
    async () => {
      const [row] = await database.rows<{ engine: string }>("SELECT engine FROM faces WHERE engine <> '' LIMIT 1")
      if (!row) throw new Error('No face is described.')
      return row.engine
    },
    { withinMs: 120_000 },
  )
}
