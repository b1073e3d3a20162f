import { setTimeout as sleep } from 'node:timers/promises'
import { backoffMs, type Log } from '@livepods/service'
import type { Connection } from './connection.ts'
import { ClusterError, isExpired } from './errors.ts'

/** What every object of the API server has. */
export interface KubernetesObject {
  metadata: { name: string; namespace: string; uid: string; resourceVersion: string }
}

export interface ListWatchOptions<O extends KubernetesObject> {
  connection: Connection
  /** Of the list: /apis/apps/v1/namespaces/x/deployments */
  path: string
  /** An object is new, or changed, or is what a list has. */
  onChange: (object: O) => void
  /** An object is not there any more. */
  onGone: (uid: string) => void
  log: Log
  /** After so long without a line the connection counts as dead: bookmarks come about every minute. */
  silenceMs?: number
}

interface WatchEvent {
  type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR'
  object: KubernetesObject & { code?: number; message?: string }
}

const PAGE = 50
const WATCH_SECONDS = 300
/** After an outage, however long, it is up to date within seconds. */
const BACKOFF = { baseMs: 250, maxMs: 2000 }

/**
 * Follows a list: reads it in pages, then watches it from there. After a cut it goes on where it was; a version that the server has
 * forgotten (410) makes it read the list again.
 */
export class ListWatch<O extends KubernetesObject> implements AsyncDisposable {
  readonly #options: ListWatchOptions<O>
  readonly #stopping = new AbortController()
  readonly #known = new Set<string>()
  /** Where the watch goes on; undefined: the list has to be read. */
  #version: string | undefined
  #failures = 0
  /** Versions that were forgotten, without a line since. */
  #expirations = 0
  #synced = false
  #fault: string | undefined
  #ended: Promise<void> | undefined

  constructor(options: ListWatchOptions<O>) {
    this.#options = options
  }

  /** The list was read at least once. */
  get synced(): boolean {
    return this.#synced
  }

  /** Why it does not follow at the moment. */
  get fault(): string | undefined {
    return this.#fault
  }

  start(): void {
    this.#ended ??= this.#follow()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort()
    await this.#ended
  }

  async #follow(): Promise<void> {
    const { signal } = this.#stopping
    while (!signal.aborted) {
      try {
        if (this.#version === undefined) await this.#list()
        await this.#watch()
        this.#fault = undefined
      } catch (error) {
        if (signal.aborted) return
        this.#failed(error as Error)
      }
      // A server that ends every watch at once is asked more and more slowly, too.
      const waitMs = this.#failures === 0 ? 0 : backoffMs(this.#failures, BACKOFF)
      await sleep(waitMs, undefined, { signal }).catch(() => {})
    }
  }

  #failed(error: Error): void {
    const { path, log } = this.#options
    if (isExpired(error)) {
      this.#version = undefined
      // After an outage the list is read at once, however long the waits had become.
      this.#failures = ++this.#expirations
    } else this.#failures++
    if (this.#fault === undefined) log.warn({ path, reason: error.message }, 'list is not followed; trying again')
    this.#fault = error.message
  }

  async #list(): Promise<void> {
    const { connection, path, onChange, onGone } = this.#options
    const there = new Set<string>()
    let more = ''
    let version: string | undefined
    do {
      const query = new URLSearchParams({ limit: `${PAGE}`, ...(more && { continue: more }) })
      const page = await connection.request<{ metadata: { resourceVersion: string; continue?: string }; items: O[] }>({
        path: `${path}?${query}`,
      })
      for (const object of page.items) {
        there.add(object.metadata.uid)
        this.#known.add(object.metadata.uid)
        onChange(object)
      }
      // All pages are of the time of the first one: what changed since comes by the watch.
      version ??= page.metadata.resourceVersion
      more = page.metadata.continue ?? ''
      this.#stopping.signal.throwIfAborted()
    } while (more)
    for (const uid of [...this.#known].filter((uid) => !there.has(uid))) this.#forget(uid, onGone)
    this.#version = version
    this.#synced = true
    this.#fault = undefined
  }

  async #watch(): Promise<void> {
    const { connection, path, silenceMs = 90_000 } = this.#options
    const silence = new AbortController()
    const dead = () => silence.abort(new ClusterError(0, `The API server has said nothing for ${silenceMs / 1000} s.`))
    let timer = setTimeout(dead, silenceMs)
    const query = new URLSearchParams({
      watch: 'true',
      allowWatchBookmarks: 'true',
      resourceVersion: this.#version ?? '',
      timeoutSeconds: `${WATCH_SECONDS}`,
    })
    let lines = 0
    try {
      for await (const line of connection.lines(
        `${path}?${query}`,
        AbortSignal.any([this.#stopping.signal, silence.signal]),
      )) {
        clearTimeout(timer)
        timer = setTimeout(dead, silenceMs)
        this.#apply(eventOf(line))
        this.#failures = 0
        this.#expirations = 0
        lines++
      }
    } catch (error) {
      silence.signal.throwIfAborted()
      throw error
    } finally {
      clearTimeout(timer)
    }
    if (lines === 0) this.#failures++
  }

  #apply({ type, object }: WatchEvent): void {
    const { onChange, onGone } = this.#options
    if (type === 'ERROR') throw new ClusterError(object.code ?? 0, object.message ?? 'The watch ended with an error.')
    if (type === 'DELETED') this.#forget(object.metadata.uid, onGone)
    else if (type !== 'BOOKMARK') {
      this.#known.add(object.metadata.uid)
      onChange(object as unknown as O)
    }
    this.#version = object.metadata.resourceVersion
  }

  #forget(uid: string, onGone: (uid: string) => void): void {
    if (this.#known.delete(uid)) onGone(uid)
  }
}

function eventOf(line: string): WatchEvent {
  try {
    return JSON.parse(line) as WatchEvent
  } catch (cause) {
    throw new ClusterError(0, 'A line of a watch is no JSON.', { cause })
  }
}
