import type { Service } from '@livepods/service'
import { type Declared, listenersOf, servicesIn } from '@livepods/system'

/** The pages that a service tells people of are those of all services that are on by default. */
export function linkFaults(
  { calls }: Service,
  environment: Record<string, string>,
  declared: readonly Declared[],
): string[] {
  const links = servicesIn(declared)
    .filter(({ onByDefault }) => onByDefault)
    .flatMap(listenersOf)
    .flatMap(({ shown }) => shown?.link ?? [])
  return Object.entries(calls)
    .filter(([, target]) => target === 'pages')
    .flatMap(([variable]) => {
      const told = (environment[variable] ?? '').split(',').map((one) => one.slice(0, one.indexOf('=')))
      return [
        ...links.filter((link) => !told.includes(link)).map((link) => `${variable} lacks ${link}`),
        ...told.filter((link) => !links.includes(link)).map((link) => `${variable} has ${link}, which is no page`),
      ]
    })
}
