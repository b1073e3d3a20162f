import { medianTable, ratioTable, rounded, spread } from '../matrix.ts'
import type { Table } from '../report.ts'
import type { Series } from '../series.ts'
import { type Accepts, CPU_EACH, INSERTS, PER_SECOND, POSTS } from './accept.ts'
import { FROM_ACCEPTED, type Latency } from './latency.ts'
import { type Overload, POSTS as SINGLE_POSTS } from './overload.ts'
import type { Measured } from './targets.ts'
import { DIRECT, IMAGES_PER_SECOND } from './throughput.ts'

/** Everything that was measured, for people. */
export function pipelineTables({ accept, throughput, latency, sweep, overload }: Measured): Table[] {
  return [
    ...(accept ? acceptTables(accept) : []),
    ...(throughput ? throughputTables(throughput) : []),
    ...(latency ? [latencyTable(latency)] : []),
    ...(sweep ? sweepTables(sweep) : []),
    ...(overload ? overloadTables(overload) : []),
  ]
}

function acceptTables({ singles, batches }: Accepts): Table[] {
  const [rowName, reading] = ['connections', PER_SECOND]
  return [
    {
      ...medianTable(singles, { title: 'Accepted per second, single posts', rowName, reading }),
      about:
        'POST /v1/images, each answered 202 after the commit, next to single-row INSERTs of the same rows, each its own commit, on as many connections; each measurement begins with an empty table. Only the database, the queue and the receiver run.',
    },
    ratioTable(singles, { title: 'The same as ratios', rowName, reading, baseline: INSERTS }),
    {
      ...medianTable(singles, { title: 'CPU time of one photo, single posts', rowName, reading: CPU_EACH }),
      about:
        'Microseconds of all processes together: sender, receiver, queue and database. That is what counts while other programs run.',
    },
    columnsTable(singles, POSTS, {
      title: 'What single posts take',
      about: 'Latency in milliseconds; CPU of the receiver and of what sends, in percent of one core.',
      rowName,
      columns: {
        'latency, p50': 'p50Ms',
        'latency, p99': 'p99Ms',
        'CPU of the receiver': 'receiverCpuPercent',
        'CPU of what sends': 'loadCpuPercent',
      },
    }),
    {
      ...medianTable(batches, { title: 'Accepted per second, batches', rowName: 'paths of a batch', reading }),
      about: 'POST /v1/images/batch on two connections, next to single-row INSERTs on two connections.',
    },
    ratioTable(batches, { title: 'Batches as ratios', rowName: 'paths of a batch', reading, baseline: INSERTS }),
  ]
}

function throughputTables(throughput: Series): Table[] {
  const [rowName, reading] = ['', IMAGES_PER_SECOND]
  return [
    {
      ...medianTable(throughput, { title: 'Images per second', rowName, reading }),
      about:
        'From the POST of a batch until all of it is final, and the same photos straight to the recogniser, eight calls at once as the image-processor does. The real recogniser gets the sample photos of @vladmandic/face-api.',
    },
    ratioTable(throughput, {
      title: 'What the chain leaves of the recogniser',
      rowName,
      reading,
      baseline: DIRECT,
    }),
  ]
}

function latencyTable({ maximumPerSecond, series }: Latency): Table {
  return columnsTable(series, FROM_ACCEPTED, {
    title: 'From 202 to the final state',
    about: `Milliseconds from the arrival of the 202 until another connection sees the final state committed (asked every 2 ms, which is in it), stub recogniser, single posts at an even rate. At most ${rounded(maximumPerSecond)} a second become final while each of 32 clients posts its next photo when its last one is.`,
    rowName: 'rate',
    columns: {
      'posts per second': 'acceptedPerSecond',
      'to final, p50': 'finalP50Ms',
      'to final, p99': 'finalP99Ms',
      'to final, longest': 'finalLongestMs',
      'post to 202, p50': 'acceptP50Ms',
      'post to 202, p99': 'acceptP99Ms',
    },
  })
}

function sweepTables(sweep: Series): Table[] {
  const rowName = 'rows in the table'
  return [
    {
      ...medianTable(sweep, { title: 'An idle sweep', rowName, reading: 'medianMs' }),
      about:
        'Milliseconds of `expire` and `sweep` of the image-processor when nothing is due, next to a round trip to the database.',
    },
    ratioTable(sweep, { title: 'An idle sweep in round trips', rowName, reading: 'medianMs', baseline: 'SELECT 1' }),
  ]
}

function overloadTables(overload: Overload): Table[] {
  const { backlog, latencyMs, postsPerSecond, processedPerSecond, posts, memory, shown } = overload
  return [
    columnsTable(posts, SINGLE_POSTS, {
      title: 'Overload',
      about: `${backlog.toLocaleString('en')} photos are pending and the face service takes ${latencyMs} ms for each; ${postsPerSecond} single posts a second come in meanwhile, ${rounded(processedPerSecond)} photos a second become final. Milliseconds from a post to its 202.`,
      rowName: '',
      columns: { p50: 'p50Ms', p99: 'p99Ms', longest: 'longestMs' },
    }),
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

interface Columns {
  title: string
  about: string
  rowName: string
  /** Head → reading. */
  columns: Record<string, string>
}

/** A column per reading of one candidate. */
function columnsTable(series: Series, candidate: string, { title, about, rowName, columns }: Columns): Table {
  return {
    title,
    about,
    columns: [rowName, ...Object.keys(columns)],
    rows: series.rows.map((row) => [
      row,
      ...Object.values(columns).map((reading) => spread(series.summary(row, { candidate, reading }))),
    ]),
  }
}
