import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type Client, GuiRpcError, type Task } from '@livepods/boinc'
import { readIfThere, replaceFile } from './write-file.ts'

/** What a drain has changed in a client, which remembers it over restarts. */
export interface Drained {
  /** Master URLs of projects that may give no more work. */
  projects: string[]
  /** Tasks that were suspended. */
  tasks: Pick<Task, 'project' | 'name'>[]
}

/** Keeps on the client's volume what the next start has to undo. */
export class DrainMarker {
  readonly #path: string

  constructor(folder: string) {
    this.#path = join(folder, 'livepods-drain.json')
  }

  /** To be called before the changes are made. */
  async write(drained: Drained): Promise<void> {
    await replaceFile(this.#path, JSON.stringify(drained))
  }

  /** Undoes what a drain has changed. Resolves with whether there was anything. */
  async undo(client: Pick<Client, 'project' | 'task'>): Promise<boolean> {
    const text = await readIfThere(this.#path)
    if (text === undefined) return false
    const { projects, tasks } = JSON.parse(text) as Drained
    for (const url of projects) await unlessRefused(client.project('allowmorework', url))
    for (const task of tasks) await unlessRefused(client.task('resume', task))
    await rm(this.#path)
    return true
  }
}

/** A project or task may be gone meanwhile: then there is nothing to undo. */
export async function unlessRefused(done: Promise<void>): Promise<void> {
  await done.catch((error) => {
    if (!(error instanceof GuiRpcError && error.code === 'REFUSED')) throw error
  })
}
