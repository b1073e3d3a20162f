import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Manifest } from '@livepods/k8s/manifest'
import { render, renderer } from '@livepods/k8s/render'
import { type Declared, repository } from '@livepods/system'
import { composeFaults } from './compose-faults.ts'
import { type List, listFaults, listsIn } from './lists.ts'
import { manifestFaults } from './manifest-faults.ts'
import { monitoringFaults } from './monitoring-faults.ts'
import { readmeFaults } from './readme-faults.ts'

const README = 'README.md'
const COMPOSE = {
  all: 'docker/compose.yaml',
  noRegistry: 'docker/compose.no-registry.yaml',
  access: 'docker/compose.access.yaml',
}
const MONITORING = ['alerts.yaml', 'livepods.json'].map((file) => `k8s/components/monitoring/${file}`)

/** Everything outside of folders of services that knows their names. */
export interface Places {
  /** Texts by their paths from the root. */
  files: Record<string, string>
  lists: List[]
  /** What k8s/base renders to; absent where neither kubectl nor kustomize is installed. */
  manifests: Manifest[] | undefined
}

/** The places below a root. */
export async function readPlaces(declared: readonly Declared[], root = repository): Promise<Places> {
  const lists = listsIn(root, declared)
  const paths = [README, ...Object.values(COMPOSE), ...MONITORING, ...lists.map(({ file }) => file)]
  const texts = paths.map(async (path) => [path, await readFile(join(root, path), 'utf8')])
  const manifests = renderer && (await render(pathToFileURL(join(root, 'k8s/base/'))))
  return { files: Object.fromEntries(await Promise.all(texts)), lists, manifests }
}

/** Where a place lacks a program, or says of it something else than its declaration; each names the place. */
export function placeFaults({ files, lists, manifests }: Places, declared: readonly Declared[]): string[] {
  const text = (path: string) => files[path] ?? ''
  const { all, noRegistry, access } = COMPOSE
  return [
    ...readmeFaults(text(README), declared),
    ...composeFaults({ all: text(all), noRegistry: text(noRegistry), access: text(access) }, declared),
    ...(manifests ? manifestFaults(manifests, declared) : []),
    ...MONITORING.flatMap((path) => monitoringFaults(path, text(path), declared)),
    ...lists.flatMap((list) => listFaults(list, text(list.file), declared)),
  ]
}
