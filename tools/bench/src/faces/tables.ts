import { medianTable, ratioTable } from '../matrix.ts'
import type { Table } from '../report.ts'
import { accuracyTables } from './accuracy-tables.ts'
import { ONE_WORKER, OURS } from './engines.ts'
import type { Measured } from './targets.ts'

/** Everything that was measured, for people. */
export function faceTables({ speed, throughput, accuracies }: Measured): Table[] {
  return [
    ...speedTables(speed),
    ...throughputTables(throughput),
    ...(Object.keys(accuracies).length > 0 ? accuracyTables(accuracies) : []),
  ]
}

function speedTables(speed: Measured['speed']): Table[] {
  const rowName = 'photo'
  return [
    {
      ...medianTable(speed, { title: 'Detect and describe, CPU time', rowName, reading: 'restCpuMs' }),
      about: 'CPU milliseconds per photo on one worker, all threads of the process, without decoding.',
    },
    {
      ...ratioTable(speed, { title: 'The same as ratios', rowName, reading: 'restCpuMs', baseline: OURS }),
      about: `How many times the CPU time of ${OURS}.`,
    },
    {
      ...medianTable(speed, { title: 'Decode, CPU time', rowName, reading: 'decodeCpuMs' }),
      about: 'CPU milliseconds from the bytes of the JPEG to pixels.',
    },
    {
      ...medianTable(speed, { title: 'Decode, detect and describe, wall clock', rowName, reading: 'allMs' }),
      about: 'Milliseconds per photo, one at a time.',
    },
    {
      title: 'Faces found',
      about: 'On the photos that are timed.',
      columns: [rowName, ...speed.candidates],
      rows: speed.rows.map((row) => [
        row,
        ...speed.candidates.map((candidate) => `${speed.summary(row, { candidate, reading: 'faces' })?.median ?? '–'}`),
      ]),
    },
  ]
}

function throughputTables(throughput: Measured['throughput']): Table[] {
  const rowName = 'engine'
  return [
    {
      ...medianTable(throughput, { title: 'Images per second', rowName, reading: 'imagesPerSecond' }),
      about:
        'Decoding included, over the photos above without the largest; engines without workers of their own run as so many processes.',
    },
    {
      ...ratioTable(throughput, {
        title: 'What more workers bring',
        rowName,
        reading: 'imagesPerSecond',
        baseline: ONE_WORKER,
      }),
      about: 'Images per second against one worker.',
    },
    {
      ...medianTable(throughput, { title: 'Memory', rowName, reading: 'residentMegabytes' }),
      about:
        'Resident megabytes right after that, of all its processes, with MALLOC_ARENA_MAX=2 and MALLOC_TRIM_THRESHOLD_=4000000; ours with NODE_COMPILE_CACHE, from an earlier start.',
    },
  ]
}
