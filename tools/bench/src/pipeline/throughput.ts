import { Recogniser } from '@livepods/image-processor/recogniser'
import { Field } from '../field.ts'
import { readingTables } from '../readings.ts'
import type { Findings } from '../report.ts'
import { type Candidate, measureRounds } from '../rounds.ts'
import type { Series } from '../series.ts'
import { type Bench, planOf } from '../suite.ts'
import { placePhotos, samplePaths, stubPaths } from './photos.ts'

/** A suite with one kind of recogniser, and the photos that it is measured with. */
interface Lane {
  name: string
  field: Field
  paths: readonly string[]
}

/** Without real photos the real recogniser is left out. */
const PLANS = {
  full: { rounds: 3, stubPhotos: 3000, realPhotos: 48 },
  quick: { rounds: 1, stubPhotos: 500, realPhotos: 12 },
  tiny: { rounds: 1, stubPhotos: 20, realPhotos: 0 },
}
const DIRECT = 'recogniser called directly'
/** CONCURRENCY of the image-processor, as it comes. */
const CALLS_AT_ONCE = 8

/** Photos that become final in a second, from the POST of the first to the end of the last, and what the recogniser alone would do. */
export async function throughput({ field }: { field: Field }, bench: Bench): Promise<Findings> {
  const { rounds, stubPhotos, realPhotos } = planOf(bench, PLANS)
  const rows: Lane[] = [{ name: 'stub recogniser', field, paths: stubPaths(stubPhotos) }]
  // The suite with the real recogniser is there for these rounds only.
  await using stack = new AsyncDisposableStack()
  if (realPhotos > 0) {
    bench.progress.say('starting the suite with the real recogniser')
    const real = await Field.start(stack, bench, {
      prepare: async (folders) => await placePhotos(realPhotos, folders),
      // It would remember the few photos that all of these are copies of.
      environments: { 'face-recognition': { FACE_RESULTS_MEGABYTES: '0' } },
    })
    rows.push({ name: 'real recogniser', field: real, paths: samplePaths(realPhotos) })
  }
  const candidates = [candidate('whole chain', throughPipeline), candidate(DIRECT, directly)]
  return throughputFindings(await measureRounds(bench, { title: 'images per second', candidates, rows, rounds }))
}

export function throughputFindings(throughput: Series): Findings {
  const reading = 'imagesPerSecond'
  const tables = readingTables(throughput, '', [
    {
      title: 'Images per second',
      reading,
      about:
        'From the POST of a batch until all of it is final, and the same photos straight to the recogniser, eight calls at once as the image-processor does. The real recogniser gets the sample photos of @vladmandic/face-api.',
    },
    { title: 'What the chain leaves of the recogniser', reading, baseline: DIRECT },
  ])
  return { targets: [], tables, data: { throughput } }
}

function candidate(name: string, takeAll: (lane: Lane) => Promise<void>): Candidate<Lane> {
  return {
    name,
    measure: async (lane) => {
      await lane.field.empty()
      const startedAt = performance.now()
      await takeAll(lane)
      return { imagesPerSecond: (lane.paths.length * 1000) / (performance.now() - startedAt) }
    },
  }
}

async function throughPipeline({ field, paths }: Lane): Promise<void> {
  await field.post(paths)
  await field.allFinal()
}

async function directly({ field, paths }: Lane): Promise<void> {
  using recogniser = new Recogniser({
    address: `127.0.0.1:${field.system.port('face-recognition')}`,
    deadlineMs: 60_000,
  })
  const { signal } = new AbortController()
  const left = paths.values()
  const lane = async () => {
    for (const path of left) {
      const claim = { id: '0', token: '', path, attempts: 1, requestId: null, traceparent: null }
      const { outcome } = await recogniser.identify(claim, signal)
      if (outcome === 'MISSING' || outcome === 'REFUSED') throw new Error(`The recogniser says ${outcome} of ${path}.`)
    }
  }
  await Promise.all(Array.from({ length: CALLS_AT_ONCE }, lane))
}
