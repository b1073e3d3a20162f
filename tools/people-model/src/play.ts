import type { Database } from '@livepods/sql'
import { type Applied, apply } from './apply.ts'
import { compare } from './compare.ts'
import { Names } from './names.ts'
import { NO_PICTURE, type Operation } from './operation.ts'
import type { State } from './state.ts'
import { operationOf, type Step } from './step.ts'
import { type Answer, World } from './world.ts'

/** The real thing is not what the model says it may be. */
export class ModelMismatchError extends Error {
  override readonly name = 'ModelMismatchError'
  readonly code = 'MODEL_MISMATCH'
}

/** One of the states that the model allows, with the names of its rows. */
interface Possible {
  state: State
  names: Names
}

/** What may have been done of two operations, in which order. */
type Order = Operation[]

/**
 * Plays a sequence with the real thing and with the model. Of two operations at once, and of one that was cut, the model knows several
 * ends; the real thing must be one of them. Throws ModelMismatchError.
 */
export async function play(database: Database, steps: Step[]): Promise<void> {
  let now: Possible[] = [
    {
      state: { faces: new Map(), people: new Map(), groups: new Map(), apart: new Set(), changes: new Map() },
      names: new Names(),
    },
  ]
  const world = await World.open(database, () => first(now).names)
  for (const id of world.identities.keys())
    first(now).state.faces.set(id, { person: null, decided: false, group: null, described: true })
  const story: string[] = []
  for (const [index, step] of steps.entries()) {
    const game = new Game(world, now, `${index + 1}`)
    now = await game.take(step).catch((error: Error) => {
      throw new ModelMismatchError([...story, ...game.story, error.message].join('\n'), { cause: error })
    })
    story.push(...game.story)
  }
}

/** Whom an operation concerns is chosen in this one; the others look the same. */
function first(possible: Possible[]): Possible {
  const [one] = possible
  if (!one) throw new Error('There is always a state.')
  return one
}

/** One step, from states that look the same. */
class Game {
  /** What happened, in words. */
  readonly story: string[] = []
  readonly #world: World
  readonly #from: Possible[]
  readonly #number: string

  constructor(world: World, from: Possible[], number: string) {
    this.#world = world
    this.#from = from
    this.#number = number
  }

  async take(step: Step): Promise<Possible[]> {
    const operation = operationOf(step.draft, this.#number, first(this.#from))
    if (!operation) return this.#from
    if (step.how === 'cut') return await this.#cut(operation, step)
    const other =
      step.how === 'overlapping' ? operationOf(step.other, `${this.#number}b`, first(this.#from)) : undefined
    return other ? await this.#overlap(operation, other) : await this.#alone(operation)
  }

  async #alone(operation: Operation): Promise<Possible[]> {
    const answer = await this.#carryOut(operation)
    return await this.#settle([[operation]], new Map([[operation, answer]]))
  }

  async #overlap(one: Operation, other: Operation): Promise<Possible[]> {
    const answers = await Promise.all([one, other].map((operation) => this.#carryOut(operation)))
    const known = new Map([one, other].map((operation, index) => [operation, answers[index] as Answer]))
    if (other.kind !== 'group' && other.kind !== 'repair')
      return await this.#settle(
        [
          [one, other],
          [other, one],
        ],
        known,
      )
    // A machine may have read before and written afterwards, or have stood back: what it left it does the next time, and a repair the rest.
    const again: Operation = { ...other, number: `${this.#number}c` }
    const repair: Operation = { kind: 'repair', number: `${this.#number}d` }
    for (const operation of [again, repair]) await this.#carryOut(operation)
    const orders = [[one], [other, one]]
    if (other.kind === 'group') {
      const [match, cluster] = (['match', 'cluster'] as const).map((kind) => ({ ...other, kind }) as Operation)
      if (match && cluster) orders.push([match, one, cluster])
    }
    known.delete(other)
    return await this.#settle(
      orders.map((order) => [...order, again, repair]),
      known,
    )
  }

  /** The operation was done, in part where it is a sum of others, or was not; whatever came before the repair came before or after it. */
  async #cut(operation: Operation, { at, during, before }: Step & { how: 'cut' }): Promise<Possible[]> {
    const answer = await this.#world.cut(operation, { step: at, during })
    this.story.push(
      `${told(operation, first(this.#from).names)}: ${answer ? told(answer) : `cut ${during ? 'in' : 'before'} step ${at}`}`,
    )
    if (answer) return await this.#settle([[operation]], new Map([[operation, answer]]))
    // Nobody is told a name that may be taken for a while by somebody who is gone after the repair.
    const drawn = before && operationOf(before, `${this.#number}b`, first(this.#from))
    const next = drawn && !givesName(drawn) ? drawn : undefined
    const given = next && (await this.#carryOut(next))
    const repair: Operation = { kind: 'repair', number: `${this.#number}c` }
    await this.#carryOut(repair)
    const orders = partsOf(operation).flatMap((part) =>
      next
        ? [
            [part, next, repair],
            [next, part, repair],
            [part, repair],
          ]
        : [[part, repair]],
    )
    orders.push(next ? [next, repair] : [repair], [repair])
    return await this.#settle(orders, new Map(next && given ? [[next, given]] : []))
  }

  async #carryOut(operation: Operation): Promise<Answer> {
    const answer = await this.#world.carryOut(operation)
    this.story.push(`${told(operation, first(this.#from).names)}: ${told(answer)}`)
    return answer
  }

  /** Which of these orders it was; several, where nobody can see which. */
  async #settle(orders: Order[], answers: Map<Operation, Answer>): Promise<Possible[]> {
    const snapshot = await this.#world.snapshot()
    if (snapshot.faults.length > 0) throw new ModelMismatchError(snapshot.faults.join('\n'))
    const possible = new Map<string, Possible>()
    const others: string[] = []
    for (const from of this.#from) {
      for (const order of orders) {
        const reached = this.#reach(from, order, answers)
        const differences = typeof reached === 'string' ? [reached] : compare(reached.state, snapshot, reached.names)
        if (typeof reached !== 'string' && differences.length === 0) possible.set(textOf(reached.state), reached)
        others.push(`  as ${order.map(({ kind }) => kind).join(', ')}: ${differences.join('; ')}`)
      }
    }
    if (possible.size === 0) throw new ModelMismatchError(['It is none of these:', ...new Set(others)].join('\n'))
    return [...possible.values()]
  }

  /** What an order leads to, or why it was not that. */
  #reach({ state: from, names: known }: Possible, order: Order, answers: Map<Operation, Answer>): Possible | string {
    const names = known.copy()
    const row = (person: string) => Number(names.id('person', person) ?? Number.POSITIVE_INFINITY)
    let state = from
    for (const [operation, answer] of answers) {
      if (order.includes(operation) || isUnfinished(answer)) continue
      return `${operation.kind} was answered with ${told(answer)}`
    }
    for (const operation of order) {
      const applied = apply(state, operation, { identities: this.#world.identities, row })
      const answer = answers.get(operation)
      if (answer && answer.refused !== applied.refused)
        return `${operation.kind} would have been ${told(applied)}, and was ${told(answer)}`
      if (answer?.change !== undefined) names.bind('change', operation.number, answer.change)
      state = applied.state
    }
    return { state, names }
  }
}

const textOf = (state: State) =>
  JSON.stringify(state, (_key, value) => (value instanceof Map || value instanceof Set ? [...value] : value))

/** A frontend that knows of a half-done change may refuse what would get into its way. */
const isUnfinished = ({ message }: Answer) => message.includes('not finished yet')

function givesName(operation: Operation): boolean {
  return 'name' in operation || ('who' in operation && 'name' in operation.who)
}

/** A sum of photos that was cut may have been done in part. */
function partsOf(operation: Operation): Operation[] {
  if (operation.kind !== 'add' && operation.kind !== 'add-photos') return [operation]
  const { pictures } = operation
  return pictures
    .map((_, left) => ({ ...operation, pictures: pictures.slice(0, pictures.length - left) }))
    .filter(({ pictures }) => pictures.some((picture) => picture !== NO_PICTURE))
}

function told(what: Operation | Answer | Applied, names?: Names): string {
  if ('kind' in what) {
    const row = (key: unknown) =>
      names?.id('person', `${key}`) ?? names?.id('group', `${key}`) ?? names?.id('change', `${key}`)
    return JSON.stringify(what, (_key, value) =>
      typeof value === 'string' && row(value) ? `${value} (${row(value)})` : value,
    )
  }
  return what.refused === undefined
    ? 'done'
    : `refused with ${what.refused}${'message' in what ? ` (${what.message})` : ''}`
}
