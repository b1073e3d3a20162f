// The load of the pipeline benchmark, in a process of its own so that its CPU time is its own.
import { Database, type DatabaseOptions } from '@livepods/sql'
import { servePeer } from '../../peer-port.ts'
import { percentile } from '../../statistics.ts'
import { FinalTimes } from './final-times.ts'
import type { Answer } from './http-lane.ts'
import { driveInserts } from './inserts.ts'
import { driveBatches, drivePosts, type PostOptions } from './posts.ts'

export type LoadRequest =
  | ({ op: 'posts' } & PostOptions)
  | ({ op: 'batches'; paths: number } & PostOptions)
  | ({ op: 'inserts'; database: DatabaseOptions } & Omit<PostOptions, 'port'>)
  | ({ op: 'finals'; database: DatabaseOptions; oneByOne?: boolean } & PostOptions)

await servePeer(async (request: LoadRequest) => {
  switch (request.op) {
    case 'posts':
      return await drivePosts(request)
    case 'batches':
      return await driveBatches(request)
    case 'inserts':
      return await driveInserts(request.database, request)
    case 'finals':
      return await driveFinals(request)
  }
})

async function driveFinals({ database: options, oneByOne, ...posts }: LoadRequest & { op: 'finals' }) {
  await using database = new Database({ ...options, connections: 1 })
  const times = new FinalTimes(database)
  const driven = await drivePosts(posts, ({ body }: Answer) => {
    const final = times.accepted((JSON.parse(body.toString()) as { id: string }).id)
    return oneByOne ? final : undefined
  })
  await times.all()
  const { latenciesMs } = times
  return {
    ...driven,
    finals: latenciesMs.length,
    finalP50Ms: percentile(latenciesMs, 0.5),
    finalP99Ms: percentile(latenciesMs, 0.99),
    finalLongestMs: percentile(latenciesMs, 1),
  }
}
