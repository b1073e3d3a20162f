import type { Listener, Service } from '@livepods/service'
import { type Declared, declarationsIn, usualPort } from '@livepods/system'
import type { Workload } from './manifest.ts'

type Container = Workload['containers'][number]

/** All programs of this repository. */
export const programs = await declarationsIn()

/** Images in place of official ones, for places without a registry: folders with their Dockerfiles. */
const IN_PLACE: Record<string, string> = { database: 'docker/database', gateway: 'k8s/components/no-registry' }

/** The part of an image's name that is ours; undefined for images of others. */
export function ownName(image: string): string | undefined {
  return /(?:^|\/)livepods-([a-z-]+)[:@]/.exec(image)?.[1]
}

/** The program that a container runs; undefined where it runs none that is declared. */
export function programOf({ image = '', args = [] }: Container, declared: readonly Declared[]): Declared | undefined {
  const inImage = declared.filter((one) => (one.image ?? one.name) === ownName(image))
  return inImage.find(({ entry }) => entry !== undefined && args.includes(entry)) ?? inImage.find(({ entry }) => !entry)
}

/** The folder whose Dockerfile makes an image of ours, from the root; undefined when there is none. */
export function folderOf(image: string, declared: readonly Declared[]): string | undefined {
  const name = ownName(image) ?? ''
  return IN_PLACE[name] ?? declared.find((one) => one.imageMegabytes && (one.image ?? one.name) === name)?.folder
}

/** The ports of a service's listeners that these may reach. */
export function portsOf(service: Service, by: Listener['reachedBy']): number[] {
  return service.listeners.filter(({ reachedBy }) => reachedBy === by).map((listener) => usualPort(service, listener))
}
