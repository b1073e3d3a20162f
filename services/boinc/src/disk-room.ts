import { statfs } from 'node:fs/promises'
import type { Client } from '@livepods/boinc'
import type { Log } from '@livepods/service'

/** A task needs some to write its result, and the client to begin with a task. */
const NEEDED_BYTES = 32 * 1024 * 1024
/** Tasks wait for so long at a time: when nobody renews it, since this process is gone, they go on. */
const SECONDS = 60

/**
 * Lets tasks wait in memory while the client's volume is full. The client itself takes no new ones by then, but goes on with those that it
 * has; one that cannot write its result fails, and all that it has computed is lost.
 */
export class DiskRoom {
  readonly #folder: string
  readonly #log: Log
  #isFull = false

  constructor(folder: string, log: Log) {
    this.#folder = folder
    this.#log = log
  }

  /** Looks at the volume, and tells the client. Resolves with whether tasks wait. */
  async act(client: Pick<Client, 'setRunMode'>): Promise<boolean> {
    const isFull = !(await hasRoom(this.#folder))
    if (isFull) await client.setRunMode('never', SECONDS)
    else if (this.#isFull) await client.setRunMode('restore')
    if (isFull !== this.#isFull)
      this.#log.warn({ folder: this.#folder }, isFull ? 'the volume is full: tasks wait' : 'the volume has room again')
    this.#isFull = isFull
    return isFull
  }
}

/** Whether the volume of a folder has room for tasks. */
export async function hasRoom(folder: string): Promise<boolean> {
  const { bavail, bsize } = await statfs(folder)
  return bavail * bsize >= NEEDED_BYTES
}
