import { hash, randomUUID } from 'node:crypto'
import { posix } from 'node:path'
import { ImageMissingError, type S3Bucket, StoreFullError, StoreUnavailableError } from '@livepods/images'
import { ChangeImpossibleError, ImageGoneError } from './known-change-error.ts'
import {
  isSystemFolder,
  type KnownFile,
  type LeftOut,
  OTHER_PICTURE,
  PICTURE,
  REASONS,
  type UnreadablePart,
} from './known-files.ts'
import { type Hints, NoHints } from './known-hints.ts'
import { DELETED, deletedName, type KnownStore } from './known-store.ts'
import { KnownStoreAwayError } from './known-store-away.ts'

const ROOT = 'known_people/'
/** Moves that are under way, an object each: hidden, so no picture. */
const MOVES = `${ROOT}.moves/`
/** A move that has put nothing by then was cut before it could; and nobody undoes the deletion of a person any more. */
const CUT_AFTER_MS = 3_600_000

interface Move {
  from: string
  to: string
}

/**
 * Known people in S3. An object is put and removed in one step; a move is two, and is written down before: once the new object is there,
 * it is done, and whoever sees what is written down (the next scan of any replica) removes the old one.
 */
export class KnownBucket implements KnownStore, AsyncDisposable {
  readonly #bucket: S3Bucket
  readonly #maxBytes: number
  #isClean = false

  constructor(bucket: S3Bucket, { maxBytes }: { maxBytes: number }) {
    this.#bucket = bucket
    this.#maxBytes = maxBytes
  }

  /** Moves are finished by every visit; people whose deletion can no longer be undone go now. */
  async clean(): Promise<void> {
    const last = new Map<string, number>()
    for await (const { key, at } of this.#bucket.list(ROOT + DELETED)) {
      const [person = ''] = key.slice(ROOT.length + DELETED.length).split('/')
      last.set(person, Math.max(at.getTime(), last.get(person) ?? 0))
    }
    for (const [person, at] of last) if (Date.now() - at > CUT_AFTER_MS) await this.purge(person)
  }

  async visit(
    visit: (file: KnownFile) => void,
    _unreadable: (part: UnreadablePart) => void = () => {},
    leftOut: (file: LeftOut) => void = () => {},
  ): Promise<void> {
    await orAway(this.#visit(visit, leftOut))
    if (!this.#isClean) await orAway(this.clean())
    this.#isClean = true
  }

  async ping(): Promise<void> {
    await orAway(this.#bucket.ping())
  }

  async #visit(visit: (file: KnownFile) => void, leftOut: (file: LeftOut) => void): Promise<void> {
    const moved = new Set<string | undefined>()
    const system = new Set<string>()
    // Moves come first, but for names that begin with one of a few signs.
    for await (const { key, at, etag } of this.#bucket.list(ROOT)) {
      const name = key.slice(ROOT.length)
      if (key.startsWith(MOVES)) moved.add(await this.#goOn(key, at))
      else if (!isName(name)) {
        const passed = passedOver(name)
        const folder = passed?.reason === REASONS.system ? posix.basename(passed.name) : undefined
        if (passed && (folder === undefined || !system.has(folder))) leftOut(passed)
        if (folder !== undefined) system.add(folder)
      } else if (!moved.has(name)) visit({ name, stamp: etag })
    }
  }

  async stat(name: string): Promise<KnownFile | undefined> {
    const there = await this.#bucket.head(ROOT + name)
    return there && { name, stamp: there.etag }
  }

  async open(name: string, options: { maxBytes: number }): Promise<Buffer> {
    return await this.#bucket.get(ROOT + name, options)
  }

  async put(name: string, bytes: Uint8Array): Promise<boolean> {
    return await this.#put(ROOT + name, Buffer.from(bytes), { ifAbsent: true })
  }

  async remove(name: string): Promise<boolean> {
    const there = await this.#bucket.head(ROOT + name)
    // Also when there is none: versions of it may be left.
    await this.#bucket.remove(ROOT + name)
    return there !== undefined
  }

  async move(name: string, to: string): Promise<boolean> {
    const bytes = await this.open(name, { maxBytes: this.#maxBytes }).catch(throwGone)
    const key = `${MOVES}${randomUUID()}`
    await this.#put(key, Buffer.from(JSON.stringify({ from: name, to } satisfies Move)), {})
    if (await this.#put(ROOT + to, bytes, { ifAbsent: true, metadata: { move: posix.basename(key) } })) {
      await this.#bucket.remove(ROOT + name)
      await this.#bucket.remove(key)
      return true
    }
    await this.#bucket.remove(key)
    return false
  }

  async deleted(person: string): Promise<string[]> {
    const beginning = ROOT + deletedName(person, '')
    const names: string[] = []
    for await (const { key } of this.#bucket.list(beginning)) names.push(key.slice(beginning.length))
    return names
  }

  async purge(person: string): Promise<void> {
    for (const name of await this.deleted(person)) await this.#bucket.remove(ROOT + deletedName(person, name))
  }

  hints(): Hints {
    return new NoHints()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#bucket[Symbol.asyncDispose]()
  }

  /**
   * Finishes a move by what is written down; doing so twice, or while it is being done, is the same as once. The name that is gone then.
   */
  async #goOn(key: string, begun: Date): Promise<string | undefined> {
    const text = await this.#bucket.get(key, { maxBytes: 10_000 }).catch((error) => {
      if (error instanceof ImageMissingError) return undefined
      throw error
    })
    if (text === undefined) return undefined
    const { from, to } = JSON.parse(text.toString()) as Move
    const there = await this.#bucket.head(ROOT + to)
    const isDone = there?.metadata.move === posix.basename(key)
    if (isDone) await this.#bucket.remove(ROOT + from)
    if (isDone || Date.now() - begun.getTime() > CUT_AFTER_MS) await this.#bucket.remove(key)
    return isDone ? from : undefined
  }

  async #put(key: string, bytes: Buffer, how: { ifAbsent?: boolean; metadata?: Record<string, string> }) {
    try {
      const picture = {
        body: () => bytes,
        length: bytes.length,
        sha256: hash('sha256', bytes),
        asksFirst: how.ifAbsent ?? false,
      }
      return await this.#bucket.put(key, { ...picture, ...how })
    } catch (error) {
      if (error instanceof StoreFullError)
        throw new ChangeImpossibleError('There is no room left where the known people are.', { cause: error })
      throw error
    }
  }
}

/** What a visit of a folder would take for a picture. */
function isName(name: string): boolean {
  const parts = name.split('/')
  const folders = parts.slice(0, -1)
  return (
    PICTURE.test(name) && !parts.some((part) => part === '' || part.startsWith('.')) && !folders.some(isSystemFolder)
  )
}

/** What a visit of a folder would tell of a name that is none, if anything. */
function passedOver(name: string): LeftOut | undefined {
  const parts = name.split('/')
  if (parts.some((part) => part === '' || part.startsWith('.'))) return undefined
  const system = parts.slice(0, -1).findIndex(isSystemFolder)
  if (system >= 0) return { name: parts.slice(0, system + 1).join('/'), reason: REASONS.system }
  return OTHER_PICTURE.test(name) ? { name, reason: REASONS.notRead } : undefined
}

function throwGone(error: unknown): never {
  if (!(error instanceof ImageMissingError)) throw error
  throw new ImageGoneError('The image, or its folder, went away in the meantime.', { cause: error })
}

/** Whatever a listing ends with, it is no deletion: also a 404 that is none of S3. */
async function orAway(asked: Promise<void>): Promise<void> {
  try {
    await asked
  } catch (error) {
    if (error instanceof StoreUnavailableError) throw new KnownStoreAwayError(error.message, { cause: error })
    if (error instanceof ImageMissingError)
      throw new KnownStoreAwayError(
        'The S3 service has no list of the known people. Check IMAGE_STORE and S3_ENDPOINT.',
        {
          cause: error,
        },
      )
    throw error
  }
}
