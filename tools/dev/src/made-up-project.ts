import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { BoincProject, newPrivateKey } from '@livepods/boinc-project'
import type { Environment } from '@livepods/service'
import { type Declared, freePort } from '@livepods/system'

/** Where it listens, if it can: a client knows a project by its URL. */
const PORT = 31_418
/** A minute a task, so that a page shows how one goes on. */
const TASKS = { tasks: Number.POSITIVE_INFINITY, openTasks: 4, taskSeconds: 60, checkpointSeconds: 5 }
const VARIABLE = 'BOINC_PROJECTS_FILE'

/** A project for boinc where a person names none; its tasks only let time pass. */
export class MadeUpProject {
  readonly #folder: string

  static isNeeded(declarations: readonly Declared[], environment: Environment): boolean {
    return declarations.some(({ env }) => VARIABLE in env.properties) && !environment[VARIABLE]
  }

  /** @param directory keeps what a client knows it by */
  constructor(directory: string) {
    this.#folder = resolve(directory, 'boinc-project')
  }

  /** For the process of boinc. */
  get environment(): Record<string, string> {
    return { [VARIABLE]: join(this.#folder, 'projects') }
  }

  /** Resolves when it listens and is declared; boinc may run before that. */
  async start(announce: (sentence: string) => void): Promise<BoincProject> {
    await mkdir(this.#folder, { recursive: true })
    const privateKey = await kept(join(this.#folder, 'private-key.pem'), newPrivateKey)
    const port = Number(await kept(join(this.#folder, 'port'), async () => `${await freePort(PORT)}`))
    // Greater than all that it has given.
    const firstTask = Math.floor(Date.now() / 1000)
    const project = await BoincProject.start({ port, privateKey, firstTask, ...TASKS })
    await writeFile(this.environment[VARIABLE] as string, `${project.url} ${project.key}\n`)
    announce(`boinc computes for a made-up project, ${project.url}; ${VARIABLE} names your own`)
    return project
  }
}

/** The text of a file, which `make` makes the first time. */
async function kept(path: string, make: () => string | Promise<string>): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    const text = await make()
    await writeFile(path, text, { mode: 0o600 })
    return text
  }
}
