import { UsageError } from '@livepods/service'
import { type Declared, servicesIn, servicesOf, withCalled } from '@livepods/system'

/** What a person asks for. */
export interface Choice {
  /** Groups; absent: everything that is on by default. */
  only?: string[] | undefined
  /** Groups and services that are started besides. */
  with: string[]
}

/**
 * The services that are asked for, with those that they call, and all programs that are no service. Throws UsageError for an unknown name,
 * and when there is nothing to start.
 */
export function choose(choice: Choice, declared: readonly Declared[]): Declared[] {
  const services = servicesIn(declared)
  const groups = [...new Set(services.map(({ group }) => group))]
  requireKnown('--only', choice.only ?? [], groups)
  requireKnown('--with', choice.with, [...groups, ...services.map(({ name }) => name)])
  const isAsked = (name: string) => choice.with.includes(name)
  const chosen = groups
    .filter((group) => choice.only?.includes(group) || isAsked(group))
    .flatMap((group) => servicesOf(group, declared))
  const usual = choice.only ? [] : services.filter(({ onByDefault }) => onByDefault)
  const asked = [...usual, ...chosen, ...services.filter(({ name }) => isAsked(name))]
  if (asked.length === 0) throw new UsageError(`Nothing is on by default; --with takes ${groups.join(', ')}.`)
  return withCalled(asked, declared)
}

function requireKnown(option: string, names: readonly string[], known: readonly string[]): void {
  const unknown = names.filter((name) => !known.includes(name))
  if (unknown.length > 0)
    throw new UsageError(`${option} ${unknown.join(',')}: there is no such name. It takes ${known.join(', ')}.`)
}
