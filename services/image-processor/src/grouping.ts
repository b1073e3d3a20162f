import { counter, type Log } from '@livepods/service'
import { type Session, transact } from '@livepods/sql'
import { addGroup, changesVersion, exemplars, joinGroups, ungroupedFaces } from './group-store.ts'
import { Strangers } from './strangers.ts'

const BATCH = 200
/** Transactions do not end in the order of their ids: a walk begins so many ids before the end of the last one. */
const OVERLAP = 1000n
/** And so often at the beginning. */
const ALL_AFTER_MS = 30_000

const grouped = counter({
  name: 'faces_grouped_total',
  help: 'Faces of strangers that joined a group or founded one.',
  labels: ['result'],
})

/** Gives each face that is nobody's a group of faces that look alike, once and for good; what people say of groups is theirs alone. */
export class Grouping {
  readonly #log: Log
  #strangers: { of: string; groups: Strangers } | undefined
  #last = 0n
  #allAt = Number.NEGATIVE_INFINITY
  #generation: number | undefined

  constructor({ log }: { log: Log }) {
    this.#log = log
  }

  /** To be called under a lock, over its session. Returns how many faces got a group. */
  async run(session: Session, { generation, engine }: { generation: number; engine: string }): Promise<number> {
    const now = performance.now()
    if (generation !== this.#generation || now > this.#allAt + ALL_AFTER_MS) {
      this.#last = 0n
      this.#allAt = now
      this.#generation = generation
    }
    let total = 0
    for (let after = this.#last > OVERLAP ? this.#last - OVERLAP : 0n; ; ) {
      const faces = await ungroupedFaces(session, { after: `${after}`, generation, engine, limit: BATCH })
      if (faces.length > 0) await this.#group(session, faces, engine)
      total += faces.length
      const last = BigInt(faces.at(-1)?.id ?? 0)
      if (last > this.#last) this.#last = last
      if (faces.length < BATCH) break
      after = last
    }
    if (total > 0) this.#log.info({ faces: total }, 'faces of strangers grouped')
    return total
  }

  async #group(session: Session, faces: { id: string; descriptor: Buffer }[], engine: string): Promise<void> {
    const of = `${engine} ${await changesVersion(session)}`
    if (this.#strangers?.of !== of) {
      const groups = new Strangers()
      for (const { group_id, descriptor } of await exemplars(session, engine)) groups.add(group_id, descriptor)
      this.#strangers = { of, groups }
    }
    const { groups } = this.#strangers
    let founded = 0
    const plan = faces.map(({ id, descriptor }) => {
      const group = groups.groupOf(descriptor) ?? `founded ${founded++}`
      groups.add(group, descriptor)
      return { id, group }
    })
    try {
      const names = await transact(session, async (session) => {
        const names = new Map<string, string>()
        for (let i = 0; i < founded; i++) names.set(`founded ${i}`, await addGroup(session))
        const joined = plan.map(({ id, group }) => ({ id, group: names.get(group) ?? group }))
        await joinGroups(session, joined)
        return names
      })
      groups.rename(names)
      grouped.inc({ result: 'founded' }, founded)
      grouped.inc({ result: 'joined' }, faces.length - founded)
    } catch (error) {
      // It knows of groups that were rolled back.
      this.#strangers = undefined
      throw error
    }
  }
}
