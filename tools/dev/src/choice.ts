import { type Group, UsageError } from '@livepods/service'
import { type Declared, servicesIn, servicesOf, withCalled } from '@livepods/system'

/** What a person asks for. */
export interface Choice {
  /** Groups; absent: everything that is on by default. */
  only?: string[] | undefined
  /** Groups and services that are started besides. */
  with: string[]
}

/** A name for `--with`: the messages with as many processes of each service as there are pods on a cluster. */
const CASE_STUDY: { name: string; group: Group } = { name: 'case-study', group: 'messages' }

/**
 * The services that are asked for, with those that they call, and all programs that are no service. Throws UsageError for an unknown name,
 * and when there is nothing to start.
 */
export function choose(choice: Choice, declared: readonly Declared[]): Declared[] {
  const services = servicesIn(declared)
  const groups = [...new Set(services.map(({ group }) => group))]
  const studies = groups.includes(CASE_STUDY.group) ? [CASE_STUDY.name] : []
  requireKnown('--only', choice.only ?? [], groups)
  requireKnown('--with', choice.with, [...groups, ...studies, ...services.map(({ name }) => name)])
  const isAsked = (name: string) => choice.with.includes(name)
  const chosen = groups
    .filter(
      (group) => choice.only?.includes(group) || isAsked(group) || (group === CASE_STUDY.group && isCaseStudy(choice)),
    )
    .flatMap((group) => servicesOf(group, declared))
  const usual = choice.only ? [] : services.filter(({ onByDefault }) => onByDefault)
  const asked = [...usual, ...chosen, ...services.filter(({ name }) => isAsked(name))]
  if (asked.length === 0) throw new UsageError(`Nothing is on by default; --with takes ${groups.join(', ')}.`)
  return withCalled(asked, declared)
}

/** How many processes there are of each service of which a person asks for several. */
export function copiesOf(choice: Choice, chosen: readonly Declared[]): Record<string, number> {
  if (!isCaseStudy(choice)) return {}
  const services = servicesIn(chosen).filter(({ group }) => group === CASE_STUDY.group)
  return Object.fromEntries(services.map(({ name, replicas }) => [name, replicas === 'every node' ? 1 : replicas]))
}

/** Whether a person wants to see the messages as in the article. */
export function isCaseStudy(choice: Choice): boolean {
  return choice.with.includes(CASE_STUDY.name)
}

function requireKnown(option: string, names: readonly string[], known: readonly string[]): void {
  const unknown = names.filter((name) => !known.includes(name))
  if (unknown.length > 0 && known.length === 0)
    throw new UsageError(`${option} ${unknown.join(',')}: no services are declared there.`)
  if (unknown.length > 0)
    throw new UsageError(`${option} ${unknown.join(',')}: there is no such name. It takes ${known.join(', ')}.`)
}
