import { rounded } from '../numbers.ts'
import { atMost, type Columns, columnTable, type Reading, readingTables } from '../readings.ts'
import type { Table } from '../report.ts'
import type { Series } from '../series.ts'
import { type Accepts, CPU_EACH, INSERTS, PER_SECOND, POSTS } from './accept.ts'
import { FROM_ACCEPTED, HALF, type Latency } from './latency.ts'
import { BACKLOG, type Overload, POSTS as SINGLE_POSTS } from './overload.ts'
import { ROUND_TRIP } from './sweep.ts'
import { DIRECT, IMAGES_PER_SECOND } from './throughput.ts'

/** What was measured; absent: a part that was left out. */
export interface Measured {
  accept?: Accepts
  throughput?: Series
  latency?: Latency
  sweep?: Series
  overload?: Overload
}

/** Everything that was measured, for people. */
export function pipelineTables({ accept, throughput, latency, sweep, overload }: Measured): Table[] {
  return [
    ...(accept ? acceptTables(accept) : []),
    ...(throughput ? readingTables(throughput, '', THROUGHPUT) : []),
    ...(latency ? [columnTable(latency.series, latencyColumns(latency))] : []),
    ...(sweep ? readingTables(sweep, 'rows in the table', SWEEPS) : []),
    ...(overload ? overloadTables(overload) : []),
  ]
}

function acceptTables({ singles, batches }: Accepts): Table[] {
  return [
    ...readingTables(singles, CONNECTIONS, SINGLES),
    columnTable(singles, SINGLES_TAKE),
    ...readingTables(batches, 'paths of a batch', BATCHES),
  ]
}

const CONNECTIONS = 'connections'
const SINGLES: Reading[] = [
  {
    title: 'Accepted per second, single posts',
    reading: PER_SECOND,
    about:
      'POST /v1/images, each answered 202 after the commit, next to single-row INSERTs of the same rows, each its own commit, on as many connections; each measurement begins with an empty table. Only the database, the queue and the receiver run.',
  },
  { title: 'The same as ratios', reading: PER_SECOND, baseline: INSERTS },
  {
    title: 'CPU time of one photo, single posts',
    reading: CPU_EACH,
    about:
      'Microseconds of all processes together: sender, receiver, queue and database. That is what counts while other programs run.',
  },
]
const SINGLES_TAKE: Columns = {
  title: 'What single posts take',
  about: 'Latency in milliseconds; CPU of the receiver and of what sends, in percent of one core.',
  rowName: CONNECTIONS,
  candidate: POSTS,
  columns: [
    ['latency, p50', 'p50Ms'],
    ['latency, p99', 'p99Ms'],
    ['CPU of the receiver', 'receiverCpuPercent'],
    ['CPU of what sends', 'loadCpuPercent'],
  ],
}
const BATCHES: Reading[] = [
  {
    title: 'Accepted per second, batches',
    reading: PER_SECOND,
    about: 'POST /v1/images/batch on two connections, next to single-row INSERTs on two connections.',
  },
  { title: 'Batches as ratios', reading: PER_SECOND, baseline: INSERTS },
]
const THROUGHPUT: Reading[] = [
  {
    title: 'Images per second',
    reading: IMAGES_PER_SECOND,
    about:
      'From the POST of a batch until all of it is final, and the same photos straight to the recogniser, eight calls at once as the image-processor does. The real recogniser gets the sample photos of @vladmandic/face-api.',
  },
  { title: 'What the chain leaves of the recogniser', reading: IMAGES_PER_SECOND, baseline: DIRECT },
]
const SWEEPS: Reading[] = [
  {
    title: 'An idle sweep',
    reading: 'medianMs',
    about:
      'Milliseconds of `expire` and `sweep` of the image-processor when nothing is due, next to a round trip to the database.',
  },
  { title: 'An idle sweep in round trips', reading: 'medianMs', baseline: ROUND_TRIP },
]

export function latencyColumns({ maximumPerSecond }: Latency): Columns {
  const half = (name: string, ms: number) => atMost(HALF, `${name}, ${HALF}`, ms, ' ms')
  return {
    title: 'From 202 to the final state',
    about: `Milliseconds from the arrival of the 202 until another connection sees the final state committed (asked every 2 ms, which is in it), stub recogniser, single posts at an even rate. At most ${rounded(maximumPerSecond)} a second become final while each of 32 clients posts its next photo when its last one is.`,
    rowName: 'rate',
    candidate: FROM_ACCEPTED,
    columns: [
      ['posts per second', 'acceptedPerSecond'],
      ['to final, p50', 'finalP50Ms', half('202 to final, p50', 25)],
      ['to final, p99', 'finalP99Ms', half('202 to final, p99', 150)],
      ['to final, longest', 'finalLongestMs'],
      ['post to 202, p50', 'acceptP50Ms'],
      ['post to 202, p99', 'acceptP99Ms'],
    ],
  }
}

export function overloadColumns({ backlog, latencyMs, postsPerSecond, processedPerSecond }: Overload): Columns {
  const pending = backlog.toLocaleString('en')
  return {
    title: 'Overload',
    about: `${pending} photos are pending and the face service takes ${latencyMs} ms for each; ${postsPerSecond} single posts a second come in meanwhile, ${rounded(processedPerSecond)} photos a second become final. Milliseconds from a post to its 202.`,
    rowName: '',
    candidate: SINGLE_POSTS,
    columns: [
      ['p50', 'p50Ms'],
      ['p99', 'p99Ms', atMost(BACKLOG, `single posts with ${pending} pending, p99`, 50, ' ms')],
      ['longest', 'longestMs'],
    ],
  }
}

function overloadTables(overload: Overload): Table[] {
  const { posts, memory, shown } = overload
  return [
    columnTable(posts, overloadColumns(overload)),
    {
      title: 'Memory under overload',
      about: 'Resident megabytes when the backlog has come in, and while that goes on.',
      columns: ['process', 'start', ...shown.map(({ seconds }) => `${seconds.toFixed(0)} s`)],
      rows: Object.entries(memory).map(([name, samples]) => [name, ...samples.map(rounded)]),
    },
    {
      title: 'What /metrics of the image-processor shows',
      about: 'While that goes on; measured every few seconds.',
      columns: ['after', 'queue_depth', 'images_pending', 'oldest_pending_age_seconds'],
      rows: shown.map(({ seconds, queueDepth, pending, oldestPendingSeconds }) => [
        `${seconds.toFixed(0)} s`,
        ...[queueDepth, pending, oldestPendingSeconds].map(rounded),
      ]),
    },
  ]
}
