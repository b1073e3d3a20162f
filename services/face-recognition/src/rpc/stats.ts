import type { GetStatsResponse } from '@livepods/protos'
import type { DescribedCache } from '../engine/described-cache.ts'
import { FINDER } from '../engine/engine-id.ts'
import type { DisplayNames } from '../known/display-names.ts'
import type { KnownPeople } from '../known/known-people.ts'

export interface StatsDependencies {
  engine: string
  isReady: () => boolean
  workers: () => NonNullable<GetStatsResponse['workers']>
  known: KnownPeople
  names: DisplayNames
  results: DescribedCache
}

/** Skipped files that are named. */
const NAMED = 100

/** livepods.faces.v1 GetStats: what the server knows and how busy it is at this moment. */
export function stats({ engine, isReady, workers, known, names, results }: StatsDependencies): GetStatsResponse {
  const { hash, generation, images, people } = known.gallery
  const { files, total } = known.skippedFiles(NAMED)
  return {
    engine,
    finder: FINDER,
    ready: isReady(),
    gallery: { hash, generation, images, people, skipped: known.skipped, skippedFiles: files, skippedInAll: total },
    workers: workers(),
    results: results.report(),
    store: known.state.report(),
    namesVersion: names.version,
  }
}
