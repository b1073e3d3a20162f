import { createHash } from 'node:crypto'
import { uploadPath } from '@livepods/images'
import { Database, databaseOptions } from '@livepods/sql'
import { declarationsIn, freePort, ofGroup } from '@livepods/system'
import { stubPeople } from '@livepods/testing'
import { allFinal } from '../drain.ts'
import type { History } from '../history.ts'
import { startTestbed } from '../testbed.ts'
import type { StartOptions, Subject } from '../trial.ts'
import { Audit } from './audit.ts'
import { Client } from './client.ts'
import type { PhotoEvidence, PhotoOperation } from './evidence.ts'
import { timedOut } from './nsqd-stats.ts'
import { ObjectStore } from './object-store.ts'
import { pictureOf } from './picture.ts'
import { pollStatuses, type Statuses } from './poll-statuses.ts'
import { TARGETS } from './targets.ts'

/** The suite with a stub for an engine and pictures in S3. */
export interface FacesSubject extends Subject<PhotoEvidence> {
  history: History
  objects: ObjectStore
  /** Its own way into the database, around the proxies; so is that to nsqd: http://host:port. */
  database: Database
  nsqd: string
  /** How the stub engine behaves from now on; one that is down or stopped is told in vain. */
  faces(behaviour: { latencyMs?: number; failures?: number }): Promise<void>
}

export const STUB_LATENCY_MS = 20
const ENGINE = new URL('stub-engine-hook.ts', import.meta.url)

export async function start({ environments, history, onLine, ...options }: StartOptions): Promise<FacesSubject> {
  await using stack = new AsyncDisposableStack()
  const controlPort = await freePort()
  const objects = stack.use(await ObjectStore.listen())
  for (const person of stubPeople) objects.put(`known_people/${person}/1.jpg`, pictureOf(`known ${person}`))
  const engine = environments['face-recognition']
  let cameAgain = 0
  const testbed = await startTestbed(stack, {
    ...options,
    declarations: ofGroup('faces', await declarationsIn()),
    copies: { 'image-processor': 2 },
    disks: TARGETS.disks,
    environments: {
      ...environments,
      'face-recognition': {
        STUB_CONTROL_PORT: `${controlPort}`,
        STUB_LATENCY_MS: `${STUB_LATENCY_MS}`,
        ...engine,
        ...objects.environment,
        NODE_OPTIONS: `--import=${ENGINE.href} ${engine?.NODE_OPTIONS ?? ''}`,
      },
      receiver: { ...objects.environment, ...environments.receiver },
      frontend: { ...objects.environment, ...environments.frontend },
    },
    onLine: (process, line) => {
      onLine(process, line)
      if (line.includes('"msg":"message requeued"')) cameAgain++
    },
  })
  const { system, edges } = testbed
  const settings = { MYSQL_DBNAME: 'kube', MYSQL_CONNECTIONS: 4, ...system.database }
  const database = stack.use(new Database(databaseOptions(settings as never)))
  const audit = new Audit(database)
  await audit.install()
  const [receiver, page] = [await edges.address('receiver'), await edges.address('frontend')]
  const nsqd = `http://127.0.0.1:${system.port('nsqd-http')}`
  const statuses: Statuses = { breakers: [], inherited: new Map(), pages: [] }
  const started = stack.move()
  return {
    ...{ ...testbed, history, objects, database, nsqd, page },
    client: (client) => new Client({ ...client, receiver, history, photograph: photographer(objects) }).run(),
    poll: async () => {
      const [{ final }] = await Promise.all([audit.progress(), pollStatuses(system, page, statuses)])
      return final
    },
    settle: (patienceMs) => allFinal(() => audit.progress(), patienceMs),
    evidence: async (seen) => ({
      ...seen,
      // Only its clients wrote into the history.
      operations: seen.operations as PhotoOperation[],
      rows: await audit.rows(),
      effects: await audit.effects(),
      losses: await audit.losses(),
      breakers: statuses.breakers,
      answers: { frontend: statuses.pages },
      redelivered: { cameAgain, timedOut: await timedOut(nsqd) },
    }),
    faces: async (behaviour) => {
      const signal = AbortSignal.timeout(1000)
      const body = JSON.stringify(behaviour)
      await fetch(`http://127.0.0.1:${controlPort}/`, { method: 'PUT', body, signal }).catch(() => {})
    },
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  }
}

/** Puts a photo of its own into the store, as another program would, named as an upload is; returns its path. */
function photographer(objects: ObjectStore): (label: string) => string {
  return (label) => {
    const bytes = pictureOf(label)
    const path = uploadPath(createHash('sha256').update(bytes).digest('hex'), 'jpeg')
    objects.put(`unknown_people/${path}`, bytes)
    return path
  }
}
