import { Audit } from '@livepods/chaos/faces/audit'
import type { PhotoOperation } from '@livepods/chaos/faces/evidence'
import { INVARIANTS } from '@livepods/chaos/faces/invariants'
import { judge } from '@livepods/chaos/judge'
import { change, rows } from './mysql.ts'

/** Says what the stub recogniser would have found; here the real one looks, and finds no file. */
const OF_THE_STUB = 'I6'

/** The audit of `pnpm chaos` on the database of the cluster: what was accepted is final, once, under one id. */
export class LossAudit {
  readonly #audit = new Audit({ change, rows })

  static async install(): Promise<LossAudit> {
    const audit = new LossAudit()
    await audit.#audit.install()
    return audit
  }

  /** Throws what is wrong with the photos of one load, whose paths begin with its name. */
  async hold(load: string, operations: PhotoOperation[]): Promise<void> {
    const photos = (await this.#audit.rows()).filter(({ path }) => path.startsWith(`${load}-`))
    const ids = new Set(photos.map(({ id }) => id))
    const { lost, twice, stuck, verdicts } = judge(INVARIANTS, {
      operations,
      rows: photos,
      effects: (await this.#audit.effects()).filter(({ id }) => ids.has(id)),
      faults: [],
      endings: [],
      breakers: [],
      footprints: { calm: [], drained: [] },
      redelivered: { timedOut: 0, cameAgain: 0 },
    })
    const wrong = verdicts.flatMap(({ id, violations = [] }) => (id === OF_THE_STUB ? [] : violations))
    if (wrong.length === 0) return
    throw new Error(`lost ${lost}, twice ${twice}, stuck ${stuck}:\n${wrong.slice(0, 10).join('\n')}`)
  }
}
