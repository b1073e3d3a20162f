import { globSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { type Declared, servicesIn } from '@livepods/system'

/** A list in a file that other tools read, of which declarations say all. */
export interface List {
  /** From the root. */
  file: string
  /** The rows as they are, all of them. */
  rows: RegExp
  /** What they have to be. */
  written: (declared: readonly Declared[]) => string
}

const NAMES: readonly List[] = [
  {
    file: '.github/workflows/images.yml',
    rows: /( {10}- \{ name: [a-z-]+, folder: [a-z/-]+ \}\n)+/,
    written: (declared) =>
      declared
        .filter(({ imageMegabytes }) => imageMegabytes !== undefined)
        .map(({ name, image = name, folder }) => `          - { name: ${image}, folder: ${folder} }\n`)
        .join(''),
  },
]

/** All lists below `root`. */
export function listsIn(root: string, declared: readonly Declared[]): List[] {
  const groups = new Set(servicesIn(declared).map(({ group }) => group))
  return [...NAMES, scraped(root, groups), ...[...groups].sort().map((group) => resources(root, `k8s/base/${group}`))]
}

/** The workloads that Prometheus asks: those of services, and others that run the same programs, each a folder of its group. */
function scraped(root: string, groups: ReadonlySet<string>): List {
  const folders = globSync(
    [...groups].map((group) => `k8s/base/${group}/*/kustomization.yaml`),
    { cwd: root },
  )
  const workloads = folders.map((path) => basename(dirname(path)))
  return {
    file: 'k8s/components/monitoring/metrics.yaml',
    rows: /( {10}- [a-z-]+\n)+/,
    written: (declared) => {
      const names = new Set([...servicesIn(declared).map(({ name }) => name), ...workloads])
      return [...names]
        .sort()
        .map((name) => `          - ${name}\n`)
        .join('')
    },
  }
}

/** What lies beside the kustomization of a group: a folder a service, and files. */
function resources(root: string, folder: string): List {
  const names = globSync(['*.yaml', '*/kustomization.yaml'], { cwd: join(root, folder) })
    .map((path) => path.replace(/\/kustomization\.yaml$/, ''))
    .filter((name) => name !== 'kustomization.yaml')
    .sort()
  return {
    file: `${folder}/kustomization.yaml`,
    rows: /^resources:\n( {2}- .*\n)*/m,
    written: () => `resources:\n${names.map((name) => `  - ${name}\n`).join('')}`,
  }
}

/** Writes all lists below `root`. Rejects when a file has none. */
export async function writeLists(root: string, declared: readonly Declared[]): Promise<void> {
  for (const list of listsIn(root, declared)) {
    const file = join(root, list.file)
    await writeFile(file, withList(list, await readFile(file, 'utf8'), declared))
  }
}

export function listFaults(list: List, text: string, declared: readonly Declared[]): string[] {
  const lines = text.split('\n')
  const right = withList(list, text, declared).split('\n')
  return [
    ...right
      .filter((line) => !lines.includes(line))
      .map((line) => `${list.file} lacks "${line.trim()}": pnpm generate`),
    ...lines
      .filter((line) => !right.includes(line))
      .map((line) => `${list.file} has "${line.trim()}", which nobody declares: pnpm generate`),
  ]
}

/** The text of a file with its list as it has to be. Throws when there is no list in it. */
function withList({ file, rows, written }: List, text: string, declared: readonly Declared[]): string {
  const [there] = rows.exec(text) ?? []
  if (there === undefined)
    throw new Error(`${file} has no list of names any more; tools/places/src/lists.ts says how it looked.`)
  return text.replace(there, () => written(declared))
}
