import { type FSWatcher, watch } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { folderId } from './known-files.ts'

/** Hints that something may have changed where known people are: a scan finds out what. */
export interface Hints extends Disposable {
  /** From now on hints come from these folders (relative to the root) and the root. */
  follow(folders: Iterable<string>): Promise<void>
  /** Resolves at a hint, at once when one came since the last call, or after `withinMs`. */
  next(withinMs: number, signal: AbortSignal): Promise<void>
}

/** Folders that are watched; polling sees the rest. A watch is a scarce thing of the kernel. */
const MAX_WATCHES = 256

/** What the kernel says of a folder and those in it. */
export class FolderHints implements Hints {
  readonly #root: string
  readonly #watchers = new Map<string, { watcher: FSWatcher; id: string }>()
  #wake: (() => void) | undefined
  #hinted = false

  constructor(root: string) {
    this.#root = root
  }

  async follow(folders: Iterable<string>): Promise<void> {
    const wanted = ['.', ...folders].slice(0, MAX_WATCHES)
    // A watch stays with the folder that it began at: where another one was mounted or made since, it says nothing.
    const ids = await Promise.all(wanted.map((folder) => folderId(join(this.#root, folder)).catch(() => undefined)))
    const present = new Map(wanted.map((folder, i) => [folder, ids[i]]))
    for (const [folder, { id }] of this.#watchers) if (present.get(folder) !== id) this.#drop(folder)
    for (const [folder, id] of present) if (id !== undefined && !this.#watchers.has(folder)) this.#add(folder, id)
  }

  async next(withinMs: number, signal: AbortSignal): Promise<void> {
    const woken = new AbortController()
    this.#wake = () => woken.abort()
    if (!this.#hinted)
      await sleep(withinMs, undefined, { signal: AbortSignal.any([signal, woken.signal]) }).catch(() => {})
    this.#wake = undefined
    this.#hinted = false
  }

  [Symbol.dispose](): void {
    for (const folder of this.#watchers.keys()) this.#drop(folder)
  }

  #add(folder: string, id: string): void {
    try {
      const watcher = watch(join(this.#root, folder), { persistent: false }, () => {
        this.#hinted = true
        this.#wake?.()
      })
      watcher.on('error', () => {
        watcher.close()
        if (this.#watchers.get(folder)?.watcher === watcher) this.#watchers.delete(folder)
      })
      this.#watchers.set(folder, { watcher, id })
    } catch {
      // No such folder yet, or no watch left in the kernel: polling sees what happens there.
    }
  }

  #drop(folder: string): void {
    this.#watchers.get(folder)?.watcher.close()
    this.#watchers.delete(folder)
  }
}

/** Where nothing is told: polling sees it all. */
export class NoHints implements Hints {
  async follow(): Promise<void> {}

  async next(withinMs: number, signal: AbortSignal): Promise<void> {
    await sleep(withinMs, undefined, { signal }).catch(() => {})
  }

  [Symbol.dispose](): void {}
}
