import { basename } from 'node:path'
import type { Files, OpenFile } from '../../src/files.ts'
import type { Random } from './random.ts'

type FileChange = { at: number; bytes: Buffer } | { size: number }

/** What a name stands for: content as processes see it, content that is durable, and the changes between the two. */
interface Inode {
  content: Buffer
  durable: Buffer
  changes: FileChange[]
}

/** One call's changes of names, which happen together. */
type EntryChange = { name: string; inode: Inode | undefined }[]

/** The unit of which a device writes all or nothing. Small, so that small groups are torn as well. */
const SECTOR = 32

/**
 * A disk with one folder. Every call is a point at which the process may end: `dieAt` counts them. After `powerLoss` there is what was
 * synced, and of all that was not, entries of the folder too, any part in any order. After `kill` all is there, but still not durable.
 */
export class SimulatedDisk implements Files {
  readonly #random: Random
  readonly #entries: Map<string, Inode>
  readonly #durableEntries: Map<string, Inode>
  readonly #entryChanges: EntryChange[] = []
  readonly #died = Promise.withResolvers<void>()
  #calls = 0
  #isDead = false
  /** The number of the call at which the process dies. */
  dieAt = Number.POSITIVE_INFINITY
  /** The number of the first sync after which the device fails one. */
  failSyncAt = Number.POSITIVE_INFINITY
  /** Bytes of all files together. */
  capacity = Number.POSITIVE_INFINITY

  constructor(random: Random, entries = new Map<string, Inode>(), durableEntries = new Map<string, Inode>()) {
    this.#random = random
    this.#entries = entries
    this.#durableEntries = durableEntries
  }

  /** Resolves when the process is dead; nothing that it called after that has an effect or an end. */
  get died(): Promise<void> {
    return this.#died.promise
  }

  get calls(): number {
    return this.#calls
  }

  get used(): number {
    return [...this.#entries.values()].reduce((sum, { content }) => sum + content.length, 0)
  }

  die(): void {
    this.#isDead = true
    this.#died.resolve()
  }

  /** The disk as the next process finds it when only the process ended. */
  kill(): SimulatedDisk {
    this.die()
    const next = new SimulatedDisk(this.#random, this.#entries, this.#durableEntries)
    next.#entryChanges.push(...this.#entryChanges)
    return next
  }

  /** The disk as the next process finds it when the machine lost its power. */
  powerLoss(): SimulatedDisk {
    this.die()
    const share = [0, 0.5, 0.9, 1][this.#random.below(4)] as number
    const entries = new Map(this.#durableEntries)
    for (const change of this.#entryChanges) if (this.#random.chance(share)) apply(entries, change)
    const kept = new Map([...entries].map(([name, inode]) => [name, this.#survivor(inode, share)]))
    return new SimulatedDisk(this.#random, kept, new Map(kept))
  }

  #survivor({ durable, changes }: Inode, share: number): Inode {
    let content: Buffer = Buffer.from(durable)
    for (const change of changes)
      if ('size' in change) content = this.#random.chance(share) ? resized(content, change.size) : content
      else {
        const end = change.at + change.bytes.length
        // The size may be durable before the content, which is zeros then.
        if (end > content.length && this.#random.chance(share)) content = resized(content, end)
        for (let at = change.at; at < end; ) {
          const next = Math.min(end, at - (at % SECTOR) + SECTOR)
          if (this.#random.chance(share)) {
            if (next > content.length) content = resized(content, next)
            change.bytes.copy(content, at, at - change.at, next - change.at)
          }
          at = next
        }
      }
    return { content, durable: Buffer.from(content), changes: [] }
  }

  async #call<T>(effect: () => T): Promise<T> {
    for (let turns = this.#random.below(4); turns > 0; turns--) await undefined
    if (!this.#isDead && this.#calls++ === this.dieAt) {
      // It dies in the middle: the effect may be there, but nobody learns of it.
      if (this.#random.chance(0.5)) effect()
      this.die()
    }
    return this.#isDead ? new Promise<never>(() => {}) : effect()
  }

  #changeEntries(change: EntryChange): void {
    apply(this.#entries, change)
    this.#entryChanges.push(change)
  }

  makeFolder(): Promise<void> {
    return this.#call(() => {})
  }

  names(): Promise<string[]> {
    return this.#call(() => [...this.#entries.keys()])
  }

  open(path: string, { create = false } = {}): Promise<OpenFile> {
    return this.#call(() => {
      const name = basename(path)
      let inode = this.#entries.get(name)
      if (inode === undefined) {
        if (!create) throw Object.assign(new Error(`${name} is not there.`), { code: 'ENOENT' })
        inode = { content: Buffer.alloc(0), durable: Buffer.alloc(0), changes: [] }
        this.#changeEntries([{ name, inode }])
      } else if (create) change(inode, { size: 0 })
      return this.#file(inode)
    })
  }

  #file(inode: Inode): OpenFile {
    return {
      size: () => this.#call(() => inode.content.length),
      read: (buffer, position) => this.#call(() => inode.content.subarray(position).copy(buffer)),
      write: (buffer, position) => {
        // The caller may use its buffer again once this has resolved, so the disk has its own.
        const bytes = Buffer.from(buffer)
        return this.#call(() => this.#write(inode, bytes, position))
      },
      truncate: (size) => this.#call(() => change(inode, { size })),
      sync: () => this.#call(() => this.#sync(inode)),
      close: () => this.#call(() => {}),
    }
  }

  #write(inode: Inode, bytes: Buffer, at: number): number {
    const room = Math.max(0, this.capacity - this.used)
    const written = Math.max(0, Math.min(bytes.length, inode.content.length + room - at))
    if (written === 0 && bytes.length > 0) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })
    change(inode, { at, bytes: bytes.subarray(0, written) })
    return written
  }

  #sync(inode: Inode): void {
    if (this.#calls >= this.failSyncAt) {
      this.failSyncAt = Number.POSITIVE_INFINITY
      // As Linux does: what could not be written is taken for clean, and no later sync writes it.
      inode.changes = []
      throw Object.assign(new Error('i/o error'), { code: 'EIO' })
    }
    for (const one of inode.changes.splice(0)) inode.durable = changed(inode.durable, one)
  }

  rename(from: string, to: string): Promise<void> {
    return this.#call(() => {
      const inode = this.#entries.get(basename(from))
      this.#changeEntries([
        { name: basename(from), inode: undefined },
        { name: basename(to), inode },
      ])
    })
  }

  remove(path: string): Promise<void> {
    return this.#call(() => this.#changeEntries([{ name: basename(path), inode: undefined }]))
  }

  syncFolder(): Promise<void> {
    return this.#call(() => {
      for (const change of this.#entryChanges.splice(0)) apply(this.#durableEntries, change)
    })
  }

  async lock(): Promise<AsyncDisposable> {
    return { [Symbol.asyncDispose]: async () => {} }
  }
}

function apply(entries: Map<string, Inode>, change: EntryChange): void {
  for (const { name, inode } of change)
    if (inode === undefined) entries.delete(name)
    else entries.set(name, inode)
}

function change(inode: Inode, change: FileChange): void {
  inode.changes.push(change)
  inode.content = changed(inode.content, change)
}

function changed(content: Buffer, change: FileChange): Buffer {
  if ('size' in change) return resized(content, change.size)
  const result = resized(content, Math.max(content.length, change.at + change.bytes.length))
  change.bytes.copy(result, change.at)
  return result
}

function resized(content: Buffer, size: number): Buffer {
  const result = Buffer.alloc(size)
  content.copy(result, 0, 0, size)
  return result
}
