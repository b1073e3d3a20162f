import type { Group, Service } from '@livepods/service'
import { type Declared, type System, servicesIn } from '@livepods/system'

export interface GroupsOptions {
  system: Pick<System, 'groupReady' | 'lacksOf'>
  /** What is started. */
  declarations: readonly Declared[]
  /** Told of a group that takes long, once. */
  announce: (sentence: string) => void
}

/** Of a start that takes longer it is said what is lacking. */
const LATE_MS = 30_000

/** What became of the groups that are started, each for itself. */
export class Groups {
  readonly names: readonly Group[]
  readonly #options: GroupsOptions
  readonly #ready = new Set<Group>()
  readonly #late = new Set<Group>()

  constructor(options: GroupsOptions) {
    this.#options = options
    this.names = [...new Set(servicesIn(options.declarations).map(({ group }) => group))]
  }

  /**
   * Resolves when everything of a group is ready that can be started. Rejects when nothing that was asked for is of use to a person, with
   * what is missing.
   */
  async ready(group: Group): Promise<void> {
    const { system, announce } = this.#options
    const timer = setTimeout(() => {
      this.#late.add(group)
      this.#sentencesOf(group).forEach(announce)
    }, LATE_MS)
    await system.groupReady(group).finally(() => clearTimeout(timer))
    this.#ready.add(group)
    if (!this.names.some((name) => this.isUseful(name))) throw new Error(this.sentences().join('\n'))
  }

  /** Whether something of a group runs, or may come to run, that people reach; anything, if nothing of it is for people. */
  isUseful(group: Group): boolean {
    const services = servicesIn(this.#options.declarations).filter((service) => service.group === group)
    const forPeople = services.filter(({ listeners }) => listeners.some(({ reachedBy }) => reachedBy === 'everybody'))
    return (forPeople.length > 0 ? forPeople : services).some((service) => !this.#isMissing(service))
  }

  /** The services of groups that are ready, without those that are not started, and programs that are no service. */
  get running(): Declared[] {
    return this.#options.declarations.filter(
      (one) => one.kind !== 'service' || (this.#ready.has(one.group) && !this.#isMissing(one)),
    )
  }

  /** One of each group that is not ready, and one of each thing that is missing. */
  sentences(): string[] {
    return this.names.flatMap((group) => this.#sentencesOf(group))
  }

  #sentencesOf(group: Group): string[] {
    const { late, notStarted } = this.#options.system.lacksOf(group)
    const missing = notStarted.map(({ names, reason }) => {
      const [sentence] = reason.split('\n')
      return `${group}: ${names.join(', ')} ${names.length === 1 ? 'is' : 'are'} not started: ${sentence}`
    })
    if (late.length === 0) return missing
    if (!this.#late.has(group)) return [...missing, `${group} is starting.`]
    const lateness = `${group} is not ready yet: ${late.join(', ')}; their lines say more (all of them with --verbose).`
    return [...missing, lateness]
  }

  #isMissing({ name, group }: Declared<Service>): boolean {
    return this.#options.system.lacksOf(group).notStarted.some(({ names }) => names.includes(name))
  }
}
