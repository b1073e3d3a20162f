import { resolve } from 'node:path'
import { Type } from 'typebox'
import { checkPath, PathRefused } from './path.ts'

/** Where pictures are; spread it into a service's schema. */
export const ImagesEnv = {
  UNKNOWN_PEOPLE: Type.String({
    minLength: 1,
    default: 'unknown_people',
    description: 'folder of submitted pictures; relative paths and /unknown_people/… lie in it',
  }),
  KNOWN_PEOPLE: Type.String({
    minLength: 1,
    default: 'known_people',
    description: 'folder of known people; /known_people/… lies in it',
  }),
  IMAGE_ROOTS: Type.Optional(
    Type.String({ description: 'further folders, colon separated, whose absolute paths are allowed' }),
  ),
  IMAGE_MAX_MEGABYTES: Type.Number({
    exclusiveMinimum: 0,
    maximum: 1000,
    default: 25,
    description: 'largest picture file',
  }),
}

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

  static of(env: { UNKNOWN_PEOPLE: string; KNOWN_PEOPLE: string; IMAGE_ROOTS?: string }): ImageRoots {
    const roots = env.IMAGE_ROOTS?.split(':').filter((root) => root !== '') ?? []
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

  /** The root that a path lies in and the rest of it. Throws PathRefused. */
  locate(path: string): { root: string; relative: string } {
    const fault = checkPath(path)
    if (fault !== undefined) throw new PathRefused(fault)
    if (!path.startsWith('/')) return { root: this.unknownPeople, relative: path }
    for (const [prefix, root] of this.#prefixes) {
      if (path.startsWith(prefix)) return { root, relative: path.slice(prefix.length).replace(/^\/+/, '') }
    }
    throw new PathRefused(
      'The path lies outside the folders of pictures: begin it with /unknown_people/, or with no "/".',
    )
  }
}
