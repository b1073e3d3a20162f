import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import fastifyStatic from '@fastify/static'
import { type App, givePluginsRole } from '@livepods/http'

const OWN = new URL('../assets/', import.meta.url)

/** A folder of assets: all that is in it, or only some of its files. */
export type AssetFolder = URL | { root: URL; files: readonly string[] }

interface Folder {
  root: URL
  files: ReadonlySet<string>
}

/**
 * The scripts and styles of a service, served at /assets/<hash of all of them>/<folder>/<file>: a browser may keep them for ever.
 * The folder `page` is this package's; a script of another folder imports from it by `../page/<file>`.
 */
export class Assets {
  readonly #folders: ReadonlyMap<string, Folder>
  readonly #hash: string

  static async read(given: Record<string, AssetFolder> = {}): Promise<Assets> {
    const folders = new Map<string, Folder>()
    const hash = createHash('sha256')
    for (const [name, folder] of Object.entries({ page: OWN, ...given })) {
      const { root, files } = folder instanceof URL ? { root: folder, files: await readdir(folder) } : folder
      for (const file of [...files].sort()) hash.update(`${name}/${file}\n`).update(await readFile(new URL(file, root)))
      folders.set(name, { root, files: new Set(files) })
    }
    return new Assets(folders, hash.digest('base64url').slice(0, 12))
  }

  private constructor(folders: ReadonlyMap<string, Folder>, hash: string) {
    this.#folders = folders
    this.#hash = hash
  }

  /** The address of `folder/name`. Throws when there is no such file. */
  url(file: string): string {
    const [folder = '', name = ''] = file.split('/')
    if (!this.#folders.get(folder)?.files.has(name))
      throw new Error(`There is no asset ${file}; the folders are read once, at the start.`)
    return `/assets/${this.#hash}/${file}`
  }

  /** Open to all: there is nothing of anybody in them, and who signs in sees them before. */
  serve(app: App): void {
    app.register(async (scope: App) => this.#serve(scope))
  }

  #serve(scope: App): void {
    givePluginsRole(scope, 'open')
    for (const [folder, { root, files }] of this.#folders) {
      scope.register(fastifyStatic, {
        root,
        allowedPath: (path) => files.has(path.slice(1)),
        // Any hash: during a rolling update a page of one version asks a process of the other.
        prefix: `/assets/:hash/${folder}/`,
        decorateReply: false,
        index: false,
        cacheControl: false,
        setHeaders: (reply) => {
          const { hash } = reply.request.params as { hash: string }
          reply.header('cache-control', hash === this.#hash ? 'public, max-age=31536000, immutable' : 'no-store')
        },
      })
    }
  }
}
