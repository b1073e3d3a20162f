import type { Group, Service } from '@livepods/service'
import { type Declared, listenersOf, servicesIn } from './declarations.ts'

/** What a group stands for where nobody names its services: those that are on by default; where none is, all. */
export function servicesOf(group: Group, declared: readonly Declared[]): Declared<Service>[] {
  const services = servicesIn(declared).filter((service) => service.group === group)
  const usual = services.filter(({ onByDefault }) => onByDefault)
  return usual.length > 0 ? usual : services
}

/** These services, those that they call, however far, and all programs that are no service; in the order of `declared`. */
export function withCalled(services: readonly Declared<Service>[], declared: readonly Declared[]): Declared[] {
  const chosen = new Set<Declared>(services)
  // A set goes on to what is added meanwhile.
  for (const { calls } of chosen) {
    const targets = Object.values(calls)
    for (const other of servicesIn(declared))
      if (listenersOf(other).some(({ name }) => targets.includes(name))) chosen.add(other)
  }
  return declared.filter((one) => one.kind !== 'service' || chosen.has(one))
}

/** What these groups stand for, whom that calls, and all programs that are no service. */
export function inGroups(groups: readonly Group[], declared: readonly Declared[]): Declared[] {
  return withCalled(
    groups.flatMap((group) => servicesOf(group, declared)),
    declared,
  )
}
