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
  /** What they have to be, with what is kept of those that are there. */
  written: (declared: readonly Declared[], rows: string) => string
}

/** Images that are made of our own folders, by their names. */
function imagesOf(declared: readonly Declared[]): { name: string; folder: string; declaration: Declared }[] {
  return declared
    .filter(({ imageMegabytes }) => imageMegabytes !== undefined)
    .map((declaration) => ({ name: declaration.image ?? declaration.name, folder: declaration.folder, declaration }))
}

const inCluster = ({ declaration }: { declaration: Declared }) =>
  declaration.kind === 'service' || (declaration.kind === 'job' && declaration.runs === 'first')

const NAMES: readonly List[] = [
  {
    file: '.github/workflows/images.yml',
    rows: /( {10}- \{ name: [a-z-]+, folder: [a-z/-]+ \}\n)+/,
    written: (declared) =>
      imagesOf(declared)
        .map(({ name, folder }) => `          - { name: ${name}, folder: ${folder} }\n`)
        .join(''),
  },
  {
    file: 'k8s/base/kustomization.yaml',
    rows: /( {2}- name: ghcr\.io\/livepods\/livepods-[a-z-]+\n {4}newTag: .*\n)+/,
    written: (declared, rows) => {
      const [, tag = ''] = /newTag: (.*)/.exec(rows) ?? []
      return imagesOf(declared)
        .filter(inCluster)
        .map(({ name }) => `  - name: ghcr.io/livepods/livepods-${name}\n    newTag: ${tag}\n`)
        .join('')
    },
  },
  {
    file: 'k8s/components/monitoring/metrics.yaml',
    rows: /( {10}- [a-z-]+\n)+/,
    written: (declared) =>
      servicesIn(declared)
        .map(({ name }) => `          - ${name}\n`)
        .join(''),
  },
]

/** All lists below `root`. */
export function listsIn(root: string): List[] {
  return [
    ...NAMES,
    ...globSync('k8s/base/*/kustomization.yaml', { cwd: root })
      .sort()
      .map((file) => resources(root, file)),
  ]
}

/** The manifests that lie beside a kustomization. */
function resources(root: string, file: string): List {
  const files = globSync('*.yaml', { cwd: join(root, dirname(file)) }).filter((name) => name !== basename(file))
  return {
    file,
    rows: /^resources:\n( {2}- .*\n)*/m,
    written: () =>
      `resources:\n${files
        .sort()
        .map((name) => `  - ${name}\n`)
        .join('')}`,
  }
}

/** Writes all lists below `root`. Rejects when a file has none. */
export async function writeLists(root: string, declared: readonly Declared[]): Promise<void> {
  for (const list of listsIn(root)) {
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
  return text.replace(there, () => written(declared, there))
}
