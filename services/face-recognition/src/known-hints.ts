import { type FSWatcher, watch } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** Something may have happened where known people are: worth a look, and no more than that. */
export interface Hints extends Disposable {
  /** From now on hints come from these folders (relative to the root) and the root. */
  follow(folders: Iterable<string>): void
  /** Resolves at a hint, at once when one came since the last call, or after `withinMs`. */
  next(withinMs: number, signal: AbortSignal): Promise<void>
}

/** Folders that are watched; polling sees the rest. A watch is a scarce thing of the kernel. */
const MAX_WATCHES = 256

/** What the kernel says of a folder and those in it. */
export class FolderHints implements Hints {
  readonly #root: string
  readonly #watchers = new Map<string, FSWatcher>()
  #wake: (() => void) | undefined
  #hinted = false

  constructor(root: string) {
    this.#root = root
  }

  follow(folders: Iterable<string>): void {
    const wanted = new Set(['.', ...folders].slice(0, MAX_WATCHES))
    for (const [folder, watcher] of this.#watchers) if (!wanted.has(folder)) this.#drop(folder, watcher)
    for (const folder of wanted) if (!this.#watchers.has(folder)) this.#add(folder)
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
    for (const [folder, watcher] of this.#watchers) this.#drop(folder, watcher)
  }

  #add(folder: string): void {
    try {
      const watcher = watch(join(this.#root, folder), { persistent: false }, () => {
        this.#hinted = true
        this.#wake?.()
      })
      watcher.on('error', () => this.#drop(folder, watcher))
      this.#watchers.set(folder, watcher)
    } catch {
      // No such folder yet, or no watch left in the kernel: polling sees what happens there.
    }
  }

  #drop(folder: string, watcher: FSWatcher): void {
    watcher.close()
    this.#watchers.delete(folder)
  }
}

/** Where nothing is told: polling sees it all. */
export class NoHints implements Hints {
  follow(): void {}

  async next(withinMs: number, signal: AbortSignal): Promise<void> {
    await sleep(withinMs, undefined, { signal }).catch(() => {})
  }

  [Symbol.dispose](): void {}
}
