import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Report } from '../report.ts'
import type { Bench, Suite } from '../suite.ts'
import { type Accuracy, measureAccuracy } from './accuracy.ts'
import { faceEngines, ONE_WORKER, TWO_WORKERS } from './engines.ts'
import { Field } from './field.ts'
import { measureGalleries } from './galleries.ts'
import { readOptions, USAGE } from './options.ts'
import { measurePressure } from './pressure.ts'
import { serviceTables } from './service-tables.ts'
import { measureSpeed } from './speed.ts'
import { makeSpeedPhotos } from './speed-photos.ts'
import { measureSteadiness } from './steadiness.ts'
import { faceTables } from './tables.ts'
import { faceTargetTable, targetsOf } from './targets.ts'
import { testPhotosFolder } from './test-photos.ts'
import { measureThroughput } from './throughput.ts'

const FULL = {
  speed: { rounds: 9, warmUp: 1, forMs: 400 },
  throughput: { rounds: 5, warmUp: 1, forMs: 2000 },
  pressure: { rounds: 5, queue: 16 },
  steadiness: { step: 1000, steps: 5 },
  galleries: { rounds: 3, sizes: [10_000, 100_000] },
}
const QUICK = {
  speed: { rounds: 1, warmUp: 1, forMs: 0 },
  throughput: { rounds: 1, warmUp: 1, forMs: 500 },
  pressure: { rounds: 1, queue: 2 },
  steadiness: { step: 10, steps: 2 },
  galleries: { rounds: 1, sizes: [1000] },
}
const ABSENT_PHOTOS =
  'Accuracy was not measured: the test photos are not here (`FACES`, or `shared/faces` beside the repository).'

/** `pnpm bench faces`: speed, throughput, memory and accuracy of the face engines side by side. */
export const faces: Suite = { usage: USAGE, run }

async function run({ quick, args, progress }: Bench): Promise<Report> {
  const options = readOptions(args)
  const plan = quick ? QUICK : FULL
  const rounds = (own: number) => options.rounds ?? own
  await using stack = new AsyncDisposableStack()
  const folder = stack.adopt(mkdtempSync(join(tmpdir(), 'livepods-bench-photos-')), (path) =>
    rmSync(path, { recursive: true }),
  )
  const photos = await makeSpeedPhotos(folder)
  const engines = faceEngines(options.python, join(folder, 'compiled'))
  const one = stack.use(await Field.start(engines, 1, progress))
  const two = stack.use(
    await Field.start(
      engines.filter(({ name }) => !one.absent.has(name)),
      2,
      progress,
    ),
  )
  const versions = Object.fromEntries(one.runners.map(({ engine, processes }) => [engine.name, processes[0]?.greeting]))

  // Before the speed: so no engine has seen the largest photo yet when its memory is read.
  const throughput = await measureThroughput({
    ...plan.throughput,
    lanes: [
      { name: ONE_WORKER, runners: one.runners, workers: 1 },
      { name: TWO_WORKERS, runners: two.runners, workers: 2 },
    ],
    paths: photos.filter(({ name }) => !name.startsWith('4000')).map(({ path }) => path),
    rounds: rounds(plan.throughput.rounds),
    progress,
  })
  const speed = await measureSpeed({
    ...plan.speed,
    runners: one.runners,
    photos,
    rounds: rounds(plan.speed.rounds),
    progress,
  })
  const testPhotos = testPhotosFolder(process.env)
  const accuracies: Record<string, Accuracy> = testPhotos
    ? await measureAccuracy(one.runners, testPhotos, progress)
    : {}

  await one[Symbol.asyncDispose]()
  await two[Symbol.asyncDispose]()
  const path = (start: string) => photos.find(({ name }) => name.startsWith(start))?.path as string
  const nobody = join(folder, 'nobody')
  mkdirSync(nobody)
  const pressure = await measurePressure({ ...plan.pressure, photo: path('4000'), nobody, progress })
  const paths = photos.map((photo) => photo.path)
  const steadiness = await measureSteadiness({ ...plan.steadiness, paths, nobody, progress })
  const galleries = await measureGalleries({ ...plan.galleries, photo: path('640'), progress })

  const targets = targetsOf({ speed, throughput, accuracies, pressure, steadiness, galleries })
  return {
    title: 'Face engines, side by side',
    about: [
      'All engines are measured in one run, in turn, each in a process of its own; medians of the rounds, quartiles in brackets. Columns:',
      [
        ...one.runners.map(({ engine }) => `- **${engine.name}**: ${engine.about} (${words(versions[engine.name])})`),
        ...[...one.absent].map(([name, reason]) => `- ${name} did not take part: ${withoutFolders(reason)}`),
      ].join('\n'),
      ...(testPhotos ? [] : [ABSENT_PHOTOS]),
    ],
    tables: [
      faceTargetTable(targets),
      ...faceTables({ speed, throughput, accuracies }),
      ...serviceTables({ pressure, steadiness, galleries }),
    ],
    data: {
      versions,
      absent: Object.fromEntries(one.absent),
      targets,
      speed,
      throughput,
      accuracies,
      pressure,
      steadiness,
      galleries,
    },
  }
}

function words(about: Record<string, unknown> | undefined): string {
  return Object.entries(about ?? {})
    .map(([name, value]) => `${name} ${value}`)
    .join(', ')
}

/** Where packages lie on this machine is nobody's business. */
function withoutFolders(reason: string): string {
  return reason.trim().replaceAll(/\/\S*(?=\/node_modules\/)/g, '…')
}
