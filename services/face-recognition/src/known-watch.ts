import { type FSWatcher, watch } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Log } from '@livepods/service'
import type { KnownPeople } from './known-people.ts'

export interface KnownWatchOptions {
  known: KnownPeople
  folder: string
  /** Milliseconds between two looks when nothing hints at a change; more where a look takes long. */
  everyMs: number
  log: Log
}

/** Milliseconds in which a file must stay as it is to count as whole. */
const SETTLE_MS = 500
/** Hints within so many milliseconds are one look: a file that is being copied gives hundreds. */
const BREATH_MS = 50
/** So many times as long as the last look took, the next one waits: while files are being copied, and while nothing happens. */
const BUSY_REST = 3
const QUIET_REST = 20
/** Folders that are watched; polling sees the rest. A watch is a scarce thing of the kernel. */
const MAX_WATCHES = 256

/**
 * Keeps known people up with their folder until the signal aborts; resolves then. The kernel's hints make it quick, polling makes it
 * sure: network volumes announce nothing, and the swap of a ConfigMap's link only some of it.
 */
export async function watchKnownPeople(
  { known, folder, everyMs, log }: KnownWatchOptions,
  signal: AbortSignal,
): Promise<void> {
  using hints = new Hints(folder)
  let lookMs = 0
  while (!signal.aborted) {
    try {
      hints.follow(known.folders)
      await sleep(Math.max(known.unsettled ? SETTLE_MS : BREATH_MS, lookMs * BUSY_REST), undefined, { signal })
      if (!known.unsettled) await hints.next(Math.max(everyMs, lookMs * QUIET_REST), signal)
      const begun = performance.now()
      await known.look(signal)
      lookMs = performance.now() - begun
    } catch (error) {
      // What was loaded before still serves; the next look may succeed.
      if (!signal.aborted) log.error({ err: error }, 'known people could not be looked at')
    }
  }
}

/** Something happened in a folder, or in one of those in it: worth a look, and no more than that. */
class Hints implements Disposable {
  readonly #root: string
  readonly #watchers = new Map<string, FSWatcher>()
  #wake: (() => void) | undefined
  #hinted = false

  constructor(root: string) {
    this.#root = root
  }

  /** Watches these folders (relative to the root) and the root. */
  follow(folders: Iterable<string>): void {
    const wanted = new Set(['.', ...folders].slice(0, MAX_WATCHES))
    for (const [folder, watcher] of this.#watchers) if (!wanted.has(folder)) this.#drop(folder, watcher)
    for (const folder of wanted) if (!this.#watchers.has(folder)) this.#add(folder)
  }

  /** Resolves at a hint, at once when one came since the last call, or after `withinMs`. */
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
