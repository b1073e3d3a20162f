import type { Service } from '@livepods/service'
import { type Declared, ofGroup, servicesIn } from '@livepods/system'

/** The statuses that a service asks for are those of all services of its group. */
export function statusFaults(
  { calls, group }: Service,
  environment: Record<string, string>,
  declared: readonly Declared[],
): string[] {
  const names = servicesIn(ofGroup(group, declared)).map(({ name }) => name)
  return Object.entries(calls)
    .filter(([, target]) => target === 'statuses')
    .flatMap(([variable]) => {
      const asked = (environment[variable] ?? '').split(',').map((one) => one.slice(0, one.indexOf('=')))
      return [
        ...names.filter((name) => !asked.includes(name)).map((name) => `${variable} lacks ${name}`),
        ...asked.filter((name) => !names.includes(name)).map((name) => `${variable} has ${name}, which is no service`),
      ]
    })
}
