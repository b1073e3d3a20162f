import { type Database, exclusively, type Session } from '@livepods/sql'
import { People } from '../../src/people/people.ts'

type Parts = ConstructorParameters<typeof People>[0]
type Step = <T>(work: () => Promise<T>) => Promise<T>

/**
 * A process that dies before its nth step towards the database or the face service, or during it: then the step is taken, and its answer
 * never comes. From then on it does nothing, and its connection ends.
 */
export class Dying {
  readonly #parts: Parts
  #left: number
  readonly #during: boolean
  died = false

  constructor(parts: Parts, steps: number, { during = false } = {}) {
    this.#parts = parts
    this.#left = steps
    this.#during = during
  }

  get people(): People {
    const { faces, ...rest } = this.#parts
    const step: Step = async (work) => {
      const isLast = this.#left-- === 0
      if (isLast && this.#during) await work()
      if (isLast) this.died = true
      if (this.died) throw new Error('dead')
      return await work()
    }
    const steps = new Proxy<Parts['faces']>(faces, {
      get: (_, method) => {
        const whole = faces[method as keyof typeof faces] as (...args: unknown[]) => Promise<unknown>
        return (...args: unknown[]) => step(() => whole.apply(faces, args))
      },
    })
    const database = { session: (work: (session: Session) => Promise<unknown>) => this.#session(work, step) }
    return new People({ ...rest, database: database as unknown as Database, faces: steps })
  }

  async #session(work: (session: Session) => Promise<unknown>, step: Step): Promise<unknown> {
    const { database } = this.#parts
    return await database.session(async (session) => {
      const [connection] = await session.rows<{ id: string }>('SELECT CONNECTION_ID() AS id')
      const mortal: Session = {
        rows: (sql, values) => step(() => session.rows(sql, values)),
        change: (sql, values) => step(() => session.change(sql, values)),
      }
      try {
        return await work(mortal)
      } finally {
        if (this.died) {
          await database.change(`KILL ${connection?.id}`)
          // The pool learns that the connection is gone.
          await session.rows('SELECT 1').catch(() => {})
          // The server says that it ended before it gives the lock back.
          await exclusively(database, { name: 'people', waitSeconds: 5 }, async () => {})
        }
      }
    })
  }
}
