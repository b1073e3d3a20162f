import { join, posix, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { checkPath, PathRefusedError } from './path.ts'
import { checkUploadSum } from './upload-sum.ts'

interface Folders {
  unknownPeople: string
  knownPeople: string
  roots?: string[]
}

/** The folders that a picture's path may lead into. Purely lexical: what a symbolic link does there, `openImage` decides. */
export class ImageRoots {
  readonly unknownPeople: string
  readonly knownPeople: string
  /** What an absolute path may begin with, ending in "/", and the folder that it means. The longest comes first. */
  readonly #prefixes: [prefix: string, root: string][]

  static of(env: {
    UNKNOWN_PEOPLE: string
    KNOWN_PEOPLE: string
    IMAGE_ROOTS?: string
    IMAGE_STORE?: string
  }): ImageRoots {
    const roots = env.IMAGE_ROOTS?.split(':').filter((root) => root !== '') ?? []
    if (env.IMAGE_STORE?.startsWith('file:')) {
      const folder = fileURLToPath(env.IMAGE_STORE)
      return new ImageRoots({
        unknownPeople: join(folder, 'unknown_people'),
        knownPeople: join(folder, 'known_people'),
        roots,
      })
    }
    return new ImageRoots({ unknownPeople: env.UNKNOWN_PEOPLE, knownPeople: env.KNOWN_PEOPLE, roots })
  }

  constructor({ unknownPeople, knownPeople, roots = [] }: Folders) {
    this.unknownPeople = resolve(unknownPeople)
    this.knownPeople = resolve(knownPeople)
    const folders = [this.unknownPeople, this.knownPeople, ...roots.map((root) => resolve(root))]
    const own = folders.map((root): [string, string] => [root === '/' ? '/' : `${root}/`, root])
    this.#prefixes = [
      ['/unknown_people/', this.unknownPeople] as [string, string],
      ['/known_people/', this.knownPeople] as [string, string],
      ...own.sort(([a], [b]) => b.length - a.length),
    ]
  }

  /** Rejects with StoreUnavailableError when the path is that of an upload, and these are other bytes than were put there. */
  async checkSum(path: string, bytes: Buffer): Promise<void> {
    const { root, relative } = this.locate(path)
    if (root === this.unknownPeople) await checkUploadSum(relative, bytes)
  }

  /** The one spelling of all paths that lead to the same place, lexically: `a`, `./a`, `//a`, `/unknown_people/a`. Throws PathRefusedError. */
  canonical(path: string): string {
    const { root, relative } = this.locate(path)
    const rest = posix.normalize(relative)
    if (root === this.unknownPeople) return rest
    return posix.join(root === this.knownPeople ? '/known_people' : root, rest)
  }

  /** The root that a path lies in and the rest of it. Throws PathRefusedError. */
  locate(path: string): { root: string; relative: string } {
    const fault = checkPath(path)
    if (fault !== undefined) throw new PathRefusedError(fault)
    if (!path.startsWith('/')) return { root: this.unknownPeople, relative: path }
    for (const [prefix, root] of this.#prefixes) {
      if (path.startsWith(prefix)) return { root, relative: path.slice(prefix.length).replace(/^\/+/, '') }
    }
    throw new PathRefusedError(
      'The path lies outside the folders of pictures: begin it with /unknown_people/, or with no "/".',
    )
  }
}
