import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { repository } from '@livepods/system'

const own = (name: string) => fileURLToPath(new URL(`hello/${name}`, import.meta.url))
// Not linked: searches do not go through links.
const COPIED = ['README.md', 'services', 'docker', '.github/workflows', 'k8s/base', 'k8s/components/monitoring']

/** The edits that a new service takes by hand, besides its folder. */
export const EDITS = {
  'README.md': (root: string) => insert(root, 'README.md', /\n(?=\n```\n photo)/, read('readme-row.txt')),
  'docker/compose.yaml': (root: string) =>
    insert(root, 'docker/compose.yaml', /\n(?= {2}retry: )/, read('compose-block.txt')),
  'k8s/base': (root: string) => cpSync(own('manifest'), join(root, 'k8s/base/compute/hello'), { recursive: true }),
}
export type Edit = keyof typeof EDITS

/** A root with everything that this repository has, and the folder of one more service, hello. */
export class NewServiceRoot implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), 'livepods-new-service-'))

  constructor(edits: Edit[]) {
    for (const name of ['packages', 'tools', 'sql']) symlinkSync(join(repository, name), join(this.path, name))
    const isOurs = (path: string) => !/\/(node_modules|test)(\/|$)/.test(path)
    for (const name of COPIED)
      cpSync(join(repository, name), join(this.path, name), { recursive: true, filter: isOurs })
    for (const name of readdirSync(join(this.path, 'services')))
      symlinkSync(join(repository, 'services', name, 'node_modules'), join(this.path, 'services', name, 'node_modules'))
    this.#addFolder()
    for (const edit of edits) EDITS[edit](this.path)
  }

  #addFolder(): void {
    const folder = join(this.path, 'services/hello')
    cpSync(own('service'), folder, { recursive: true })
    // As pnpm does.
    for (const name of ['@livepods/service', 'typebox']) {
      const link = join(folder, 'node_modules', name)
      mkdirSync(dirname(link), { recursive: true })
      symlinkSync(fileURLToPath(new URL(`../../node_modules/${name}`, import.meta.url)), link)
    }
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true })
  }
}

function read(name: string): string {
  return readFileSync(own(name), 'utf8')
}

function insert(root: string, file: string, after: RegExp, text: string): void {
  const path = join(root, file)
  const was = readFileSync(path, 'utf8')
  const found = after.exec(was)
  if (!found) throw new Error(`${file} has no ${after}`)
  const end = found.index + found[0].length
  writeFileSync(path, was.slice(0, end) + text + was.slice(end))
}
