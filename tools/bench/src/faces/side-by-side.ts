import { join } from 'node:path'
import { type Findings, joined } from '../report.ts'
import type { Bench } from '../suite.ts'
import { accuracyFindings, measureAccuracy } from './accuracy.ts'
import { faceEngines } from './engines.ts'
import { Runners } from './runners.ts'
import { measureSpeed, speedFindings } from './speed.ts'
import { LARGEST, type Photos } from './speed-photos.ts'
import { testPhotosFolder } from './test-photos.ts'
import { measureThroughput, throughputFindings } from './throughput.ts'

const ABSENT_PHOTOS =
  'Accuracy was not measured: the test photos are not here (`FACES`, or `shared/faces` beside the repository).'

/** Throughput, memory, speed and accuracy of all engines; the suite's own option is the Python that has face_recognition. */
export async function sideBySide({ folder, photos }: Photos, bench: Bench): Promise<Findings> {
  const engines = faceEngines(bench.option, join(folder, 'compiled'))
  await using one = await Runners.start(engines, 1, bench.progress)
  const present = engines.filter(({ name }) => !one.absent.has(name))
  await using two = await Runners.start(present, 2, bench.progress)
  const versions = Object.fromEntries(one.running.map(({ engine, processes }) => [engine.name, processes[0]?.greeting]))

  // Before the speed: so no engine has seen the largest photo yet when its memory is read.
  const smaller = photos.filter(({ name }) => name !== LARGEST).map(({ path }) => path)
  const throughput = await measureThroughput([one, two], smaller, bench)
  const speed = await measureSpeed(one.running, photos, bench)
  const testPhotos = testPhotosFolder(process.env)
  const accuracies = testPhotos ? await measureAccuracy(one.running, testPhotos, bench) : {}

  const found = joined([speedFindings(speed), throughputFindings(throughput), accuracyFindings(accuracies)])
  return {
    ...found,
    about: [
      'All engines are measured in one run, in turn, each in a process of its own; medians of the rounds, quartiles in brackets. Columns:',
      [
        ...one.running.map(({ engine }) => `- **${engine.name}**: ${engine.about} (${words(versions[engine.name])})`),
        ...[...one.absent].map(([name, reason]) => `- ${name} did not take part: ${withoutFolders(reason)}`),
      ].join('\n'),
      ...(testPhotos ? [] : [ABSENT_PHOTOS]),
    ],
    data: { versions, absent: Object.fromEntries(one.absent), ...found.data },
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
