// The load of the pipeline benchmark, in a process of its own so that its CPU time is its own.
import { servePeer } from '../../peer-port.ts'
import { driveFinals } from './finals.ts'
import { driveInserts } from './inserts.ts'
import { driveBatches, drivePosts } from './posts.ts'

const operations = { posts: drivePosts, batches: driveBatches, inserts: driveInserts, finals: driveFinals }

export type LoadOperations = typeof operations

await servePeer(operations)
