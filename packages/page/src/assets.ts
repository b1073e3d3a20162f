import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import fastifyStatic from '@fastify/static'
import { type App, givePluginsRole } from '@livepods/http'

const OWN = new URL('../assets/', import.meta.url)

/**
 * The scripts and styles of a service, served at /assets/<hash of all of them>/<folder>/<file>: a browser may keep them for ever.
 * The folder `page` is this package's; a script of another folder imports from it by `../page/<file>`.
 */
export class Assets {
  readonly #folders: Record<string, URL>
  readonly #hash: string
  readonly #files: Set<string>

  static async read(folders: Record<string, URL> = {}): Promise<Assets> {
    const all = { page: OWN, ...folders }
    const hash = createHash('sha256')
    const files: string[] = []
    for (const [folder, url] of Object.entries(all)) {
      for (const name of (await readdir(url)).sort()) {
        hash.update(`${folder}/${name}\n`).update(await readFile(new URL(name, url)))
        files.push(`${folder}/${name}`)
      }
    }
    return new Assets(all, hash.digest('base64url').slice(0, 12), files)
  }

  private constructor(folders: Record<string, URL>, hash: string, files: string[]) {
    this.#folders = folders
    this.#hash = hash
    this.#files = new Set(files)
  }

  /** The address of `folder/name`. Throws when there is no such file. */
  url(file: string): string {
    if (!this.#files.has(file)) throw new Error(`There is no asset ${file}; the folders are read once, at the start.`)
    return `/assets/${this.#hash}/${file}`
  }

  /** Open to all: there is nothing of anybody in them, and who signs in sees them before. */
  serve(app: App): void {
    app.register(async (scope: App) => this.#serve(scope))
  }

  #serve(scope: App): void {
    givePluginsRole(scope, 'open')
    for (const [folder, root] of Object.entries(this.#folders)) {
      scope.register(fastifyStatic, {
        root,
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
