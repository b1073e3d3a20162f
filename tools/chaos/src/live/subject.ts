import { declarationsIn, ofGroup, type System } from '@livepods/system'
import { Balancer } from '../balancer.ts'
import { allFinal } from '../drain.ts'
import { Edges } from '../edges.ts'
import { startTestbed } from '../testbed.ts'
import type { StartOptions, Subject, Work } from '../trial.ts'
import { watch } from './client.ts'
import type { LiveEvidence, LiveOperation, Owners } from './evidence.ts'
import { statuses } from './replica-status.ts'
import { ENCODERS, INGESTS, PAGES, REPLICAS } from './targets.ts'

/** Replicas, encoders, and what in front of them plays the load balancer. */
export interface LiveSubject extends Subject<LiveEvidence> {
  /** Does one thing at a time of those that begin when all replicas are there. */
  inTurn<T>(work: () => Promise<T>): Promise<T>
}

type Environments = Record<string, Record<string, string>>

const REPLICA = {
  PEER_SECRET: 'a secret of all replicas',
  // Each encoder takes the stream from the other one, every ten seconds at most, at whichever replica it comes to.
  PUBLISH_CONFLICT: 'take',
  // On a machine with much to do nobody takes a slow replica for one that has gone, and no stream ends for a slow encoder.
  PEER_ANSWER_MS: '10000',
  PEER_LOST_SECONDS: '6',
  GRACE_SECONDS: '120',
  WINDOW_SECONDS: '60',
}
const ENCODER = {
  PICTURE_SIZE: '160x100',
  FRAMES_PER_SECOND: '10',
  VIDEO_KBIT_PER_SECOND: '100',
  STALLED_SECONDS: '5',
}

export async function start({ environments, history, ...options }: StartOptions): Promise<LiveSubject> {
  await using stack = new AsyncDisposableStack()
  const edges = stack.use(new Edges())
  const pages = stack.use(await Balancer.listen(edges, new Set(PAGES)))
  const ingests = stack.use(await Balancer.listen(edges, new Set(INGESTS)))
  const testbed = await startTestbed(stack, {
    ...options,
    edges,
    declarations: ofGroup('live', await declarationsIn()),
    copies: { 'media-server': REPLICAS.length, colorbar: ENCODERS.length },
    disks: [],
    environments: environmentsOf(environments, ingests.port),
  })
  const { system } = testbed
  await system.ready()
  const replicas = await Promise.all(PAGES.map(async (name) => await edges.address(name)))
  const ways = { balanced: `http://127.0.0.1:${pages.port}`, replicas }
  const owners: Owners[] = []
  const waiting: number[] = []
  const operations = history.operations as LiveOperation[]
  let turn: Promise<unknown> = Promise.resolve()
  const started = stack.move()
  return {
    ...testbed,
    page: ways.balanced,
    inTurn: async (work) => {
      const done = turn.then(work)
      turn = done.catch(() => {})
      return await done
    },
    client: async (client) => {
      const isBack = await watch({ ...client, ways, history })
      if (!isBack) waiting.push(client.number)
    },
    poll: async () => {
      const at = Date.now()
      const all = await statuses(system)
      owners.push({ at, owners: all.filter(({ isOwner }) => isOwner).map(({ name }) => name) })
      return history.accepted
    },
    settle: async (patienceMs) => {
      // Who has lost the stream follows who has it, so two encoders would keep feeds open for ever.
      const other = system.process(ENCODERS[1])
      other.hold()
      other.kill('SIGTERM')
      return await allFinal(() => feedsOver(system), patienceMs)
    },
    evidence: async (seen) => ({
      ...seen,
      operations,
      owners,
      waiting,
      rows: worksOf(operations),
      feeds: Object.fromEntries(
        (await statuses(system)).map(({ name, feeds, followers }) => [name, feeds + followers]),
      ),
    }),
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  }
}

function environmentsOf(given: Readonly<Environments>, ingest: number): Environments {
  const own = { ...ENCODER, RTMP_URL: `rtmp://127.0.0.1:${ingest}` }
  return Object.fromEntries([
    ...REPLICAS.map((name) => [name, { ...REPLICA, ...given[name] }] as const),
    ...ENCODERS.map((name) => [name, { ...own, ...given[name] }] as const),
  ])
}

/** How many replicas have no feed any more. */
async function feedsOver(system: System): Promise<{ all: number; final: number }> {
  const idle = (await statuses(system)).filter(({ feeds, followers }) => feeds + followers === 0)
  return { all: REPLICAS.length, final: idle.length }
}

/** What viewers got: it was there when it came. */
function worksOf(operations: readonly LiveOperation[]): Work[] {
  return operations.flatMap(({ t, type, f }) =>
    type === 'ok' ? [{ createdAt: t, finishedAt: t, outcome: f as string }] : [],
  )
}
