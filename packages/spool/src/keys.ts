import { join } from 'node:path'
import type { Files, OpenFile } from './files.ts'
import type { KeyedPosition, RecordKey } from './group.ts'
import { segmentsAmong } from './segment.ts'
import { writeAll } from './segment-writer.ts'
import { SpoolError } from './spool-error.ts'

/** Where a record is stored. */
export interface Position {
  number: number
  /** 0: not counted. */
  count: number
  /** A record with the same key is stored there already; this one is not stored. */
  isRepeated: boolean
}

interface Known {
  digest: string
  number: number
  count: number
  /** When it was stored: Unix time. */
  seconds: number
}

interface KeyFile {
  /** The first number of its segment. */
  first: number
  keys: number
  /** When its last key was stored: Unix time in seconds. */
  newest: number
}

/** │ key 16 │ digest 16 │ number 6 │ count 6 │ seconds 4 │     little-endian */
const ENTRY = 48
const SUFFIX = '.keys'
const MAX_KEYS = 100_000
const MAX_AGE_SECONDS = 24 * 3600

/**
 * The keys of the last 24 hours, or the last 100 000 of them. Those of each segment are in a file beside it, which outlives it; those of
 * the last segment are read from its records at start, so that a key is as durable as its record without a sync of its own.
 */
export class Keys implements AsyncDisposable {
  readonly #files: Files
  readonly #folder: string
  readonly #known = new Map<string, Known>()
  readonly #storing = new Map<string, { digest: string; position: Promise<Position> }>()
  /** Of all segments but the last, ascending. */
  readonly #sealed: KeyFile[] = []
  /** The first number of the last segment. */
  #first: number
  #file: OpenFile | undefined
  /** The entries of the last segment up to here are those of durable records. */
  #end = 0
  /** Entries that come before those of the next write. */
  #unwritten: Buffer
  #newest = 0

  private constructor(files: Files, folder: string, first: number, unwritten: Buffer) {
    this.#files = files
    this.#folder = folder
    this.#first = first
    this.#unwritten = unwritten
  }

  /** `first` is that of the last segment, `keyed` its records that have keys, `now` the Unix time in seconds. */
  static async open({
    files,
    folder,
    first,
    keyed,
    now,
  }: {
    files: Files
    folder: string
    first: number
    keyed: Buffer
    now: number
  }): Promise<Keys> {
    const keys = new Keys(files, folder, first, keyed)
    const found = segmentsAmong(await files.names(folder), SUFFIX)
    // Without its records a file of the last segment has keys of what was never stored.
    if (keyed.length === 0 && found.includes(first)) await files.remove(keys.#path(first))
    const sealed = found.filter((one) => one !== first)
    const contents: Buffer[] = []
    let wanted = MAX_KEYS - keyed.length / ENTRY
    for (const one of sealed.reverse()) {
      const entries = await readLast(files, keys.#path(one), wanted)
      wanted -= entries.length / ENTRY
      // Of a segment whose keyed records were all rejected; or too old to be among the last ones.
      if (entries.length === 0) await files.remove(keys.#path(one))
      else
        keys.#sealed.unshift({
          first: one,
          keys: entries.length / ENTRY,
          newest: entries.readUInt32LE(entries.length - 4),
        })
      contents.unshift(entries)
    }
    for (const entries of [...contents, keyed]) keys.#learn(entries)
    await keys.expire(now)
    return keys
  }

  /** How many are known. */
  get size(): number {
    return this.#known.size
  }

  /**
   * Stores a record by `store` unless its key is known; waits for the one with the same key that is being stored. Rejects with KEY_REUSED
   * when that one has another digest.
   */
  async once({ id, digest }: RecordKey, store: () => Promise<Position>): Promise<Position> {
    const name = id.toString('latin1')
    const text = digest.toString('latin1')
    const known = this.#storing.get(name) ?? this.#known.get(name)
    if (known !== undefined && known.digest !== text)
      throw new SpoolError('KEY_REUSED', 'The key was used for another record.')
    if (known !== undefined) {
      const { number, count } = 'position' in known ? await known.position : known
      return { number, count, isRepeated: true }
    }
    const position = store()
    this.#storing.set(name, { digest: text, position })
    try {
      return await position
    } finally {
      this.#storing.delete(name)
    }
  }

  /** Before their records are written. Rejects with DISK_FULL. */
  async write(entries: Buffer): Promise<void> {
    if (entries.length + this.#unwritten.length === 0) return
    this.#file ??= await this.#openFile()
    await writeAll(this.#file, Buffer.concat([this.#unwritten, entries]), this.#end)
  }

  /** After their records are durable. */
  add(entries: Buffer): void {
    if (entries.length === 0) return
    this.#end += this.#unwritten.length + entries.length
    this.#unwritten = Buffer.alloc(0)
    this.#learn(entries)
  }

  /** Makes the keys of the last segment durable, before there is a next one. Rejects with DISK_FULL. */
  async seal(): Promise<void> {
    await this.write(Buffer.alloc(0))
    this.#end += this.#unwritten.length
    this.#unwritten = Buffer.alloc(0)
    if (this.#file === undefined) return
    await this.#file.truncate(this.#end)
    await this.#file.sync()
    await this.#files.syncFolder(this.#folder)
  }

  /** After `seal`: what comes belongs to the segment that begins with the record `first`. */
  async begin(first: number): Promise<void> {
    await this.#file?.close()
    if (this.#end > 0) this.#sealed.push({ first: this.#first, keys: this.#end / ENTRY, newest: this.#newest })
    this.#file = undefined
    this.#end = 0
    this.#first = first
  }

  /** Forgets, and removes from the disk, what is too old or too much. */
  async expire(now: number): Promise<void> {
    for (const [id, { seconds }] of this.#known) {
      if (this.#known.size <= MAX_KEYS && seconds > now - MAX_AGE_SECONDS) break
      this.#known.delete(id)
    }
    let newer = (this.#end + this.#unwritten.length) / ENTRY
    const kept = this.#sealed.findLastIndex(({ keys, newest }) => {
      newer += keys
      return newer - keys >= MAX_KEYS || newest <= now - MAX_AGE_SECONDS
    })
    for (const { first } of this.#sealed.splice(0, kept + 1)) await this.#files.remove(this.#path(first))
  }

  #learn(entries: Buffer): void {
    for (let at = 0; at < entries.length; at += ENTRY) {
      const id = entries.toString('latin1', at, at + 16)
      const seconds = entries.readUInt32LE(at + 44)
      this.#newest = seconds
      // The order of the map is that of age.
      this.#known.delete(id)
      this.#known.set(id, {
        digest: entries.toString('latin1', at + 16, at + 32),
        number: entries.readUIntLE(at + 32, 6),
        count: entries.readUIntLE(at + 38, 6),
        seconds,
      })
    }
  }

  async #openFile(): Promise<OpenFile> {
    const path = this.#path(this.#first)
    // What a former process left has the same entries, and on a full disk the only room for them.
    const isThere = (await this.#files.names(this.#folder)).includes(`${segmentStem(this.#first)}${SUFFIX}`)
    return await this.#files.open(path, { create: !isThere })
  }

  #path(first: number): string {
    return join(this.#folder, segmentStem(first) + SUFFIX)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file?.close()
  }
}

/** `seconds` is the Unix time at which the records are stored. */
export function encodeKeys(keyed: readonly KeyedPosition[], seconds: number): Buffer {
  const entries = Buffer.alloc(keyed.length * ENTRY)
  for (const [index, { id, digest, number, count }] of keyed.entries()) {
    const at = index * ENTRY
    id.copy(entries, at, 0, 16)
    digest.copy(entries, at + 16, 0, 16)
    entries.writeUIntLE(number, at + 32, 6)
    entries.writeUIntLE(count, at + 38, 6)
    entries.writeUInt32LE(seconds, at + 44)
  }
  return entries
}

/** The last entries of a key file, at most `wanted`. */
async function readLast(files: Files, path: string, wanted: number): Promise<Buffer> {
  const file = await files.open(path)
  try {
    const size = (await file.size()) - ((await file.size()) % ENTRY)
    const entries = Buffer.alloc(Math.min(size, Math.max(0, wanted) * ENTRY))
    return entries.subarray(0, await file.read(entries, size - entries.length))
  } finally {
    await file.close()
  }
}

function segmentStem(first: number): string {
  return String(first).padStart(16, '0')
}
