import { counter, type Log } from '@livepods/service'
import { type Session, transact } from '@livepods/sql'
import {
  addCluster,
  changesVersion,
  exemplars,
  joinClusters,
  type UnclusteredFace,
  unclusteredFaces,
} from './cluster-store.ts'
import { FaceClusters, sameWithin } from './face-clusters.ts'

const BATCH = 200
/** Transactions do not commit in the order of their ids: a scan begins so many ids before the end of the last one. */
const OVERLAP = 1000n
/** A scan from the first id follows after so many milliseconds. */
const FULL_SCAN_AFTER_MS = 30_000

const clustered = counter({
  name: 'faces_clustered_total',
  formerName: 'faces_grouped_total',
  help: 'Unknown faces that joined a cluster or founded one.',
  labels: ['result'],
  values: ['founded', 'joined'],
})

/** Puts each unknown face into a cluster of faces that look alike, once: later only people change clusters. */
export class Clustering {
  readonly #log: Log
  #known: { of: string; clusters: FaceClusters } | undefined
  #lastId = 0n
  #fullScanAt = Number.NEGATIVE_INFINITY
  #generation: number | undefined

  constructor({ log }: { log: Log }) {
    this.#log = log
  }

  /** To be called under a lock, over its session. Returns how many faces got a cluster. */
  async run(session: Session, { generation, engine }: { generation: number; engine: string }): Promise<number> {
    const now = performance.now()
    if (generation !== this.#generation || now > this.#fullScanAt + FULL_SCAN_AFTER_MS) {
      this.#lastId = 0n
      this.#fullScanAt = now
      this.#generation = generation
    }
    let total = 0
    for (let after = this.#lastId > OVERLAP ? this.#lastId - OVERLAP : 0n; ; ) {
      const faces = await unclusteredFaces(session, { after: `${after}`, generation, engine, limit: BATCH })
      if (faces.length > 0) await this.#cluster(session, faces, engine)
      total += faces.length
      const last = BigInt(faces.at(-1)?.id ?? 0)
      if (last > this.#lastId) this.#lastId = last
      if (faces.length < BATCH) break
      after = last
    }
    if (total > 0) this.#log.info({ faces: total }, 'unknown faces clustered')
    return total
  }

  async #cluster(session: Session, faces: UnclusteredFace[], engine: string): Promise<void> {
    const of = `${engine} ${await changesVersion(session)}`
    if (this.#known?.of !== of) {
      const clusters = new FaceClusters(sameWithin(engine))
      for (const { group_id, descriptor } of await exemplars(session, engine)) clusters.add(group_id, descriptor)
      this.#known = { of, clusters }
    }
    const { clusters } = this.#known
    let founded = 0
    const plan = faces.map(({ id, descriptor, isGood }) => {
      const cluster = clusters.clusterOf(descriptor, { isGood }) ?? `founded ${founded++}`
      // A cluster of a poor face alone is joined by nobody.
      if (isGood) clusters.add(cluster, descriptor)
      return { id, cluster }
    })
    try {
      const names = await transact(session, async (session) => {
        const names = new Map<string, string>()
        for (let i = 0; i < founded; i++) names.set(`founded ${i}`, await addCluster(session))
        const joined = plan.map(({ id, cluster }) => ({ id, cluster: names.get(cluster) ?? cluster }))
        await joinClusters(session, joined)
        return names
      })
      clusters.rename(names)
      clustered.inc({ result: 'founded' }, founded)
      clustered.inc({ result: 'joined' }, faces.length - founded)
    } catch (error) {
      // It has clusters that were rolled back.
      this.#known = undefined
      throw error
    }
  }
}
