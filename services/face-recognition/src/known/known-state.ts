import { hash } from 'node:crypto'
import type { KnownStore as KnownStoreMessage } from '@livepods/protos'
import { gauge, type Log } from '@livepods/service'
import type { KnownStoreAwayError } from './known-store-away.ts'

/** A known image that vanished from the store and is held: it stays in the gallery. */
export interface Vanished {
  name: string
  content: string
}

interface Held {
  since: number
  names: ReadonlySet<string>
  known: number
  loss: string
}

const aways = gauge({ name: 'known_people_away', help: '1 while the root of the known people cannot be read.' })
const held = gauge({
  name: 'known_people_held_images',
  help: 'Known images that vanished and are held until the loss is confirmed.',
})
const unread = gauge({
  name: 'known_people_unreadable',
  help: 'Folders and files of the known people that cannot be read.',
})

/** Unreadable parts that are named; the rest is a number. */
const NAMED = 5
const UNTIL_THEN = 'Until then known people cannot be changed, and earlier photos are not compared again.'

/** How the last scan found the store of the known people. Each change is logged once. */
export class KnownState {
  readonly #log: Log
  readonly #now: () => number
  #away: { since: number; detail: string; known: number } | undefined
  #held: Held | undefined
  #unreadable: { since: number; names: string[] } | undefined

  constructor({ log, now }: { log: Log; now: () => number }) {
    this.#log = log
    this.#now = now
    this.#measure()
  }

  /** Names of the images that are held. */
  get held(): ReadonlySet<string> {
    return this.#held?.names ?? NONE
  }

  get heldSince(): number | undefined {
    return this.#held?.since
  }

  get loss(): string | undefined {
    return this.#held?.loss
  }

  /** Why known images cannot be changed now, if so: the gallery differs from the store. */
  get obstacle(): string | undefined {
    if (this.#away) return this.#away.known > 0 ? this.report().detail : undefined
    return this.#held && this.report().detail
  }

  away({ message, cause }: KnownStoreAwayError, known: number): void {
    if (!this.#away)
      this.#log.warn({ reason: message, err: cause, known }, 'known people unavailable; the last gallery stays in use')
    this.#away = { since: this.#away?.since ?? this.#now(), detail: message, known }
    this.#measure()
  }

  back(): void {
    if (!this.#away) return
    this.#log.info({ seconds: this.#secondsSince(this.#away) }, 'known people available again')
    this.#away = undefined
    this.#measure()
  }

  /** These images vanished, of so many; from now on they are held, if not since before this process started. Says whether that is new. */
  hold(vanished: readonly Vanished[], { known, since }: { known: number; since: number | undefined }): boolean {
    const begun = this.#held
    const names = new Set(vanished.map(({ name }) => name))
    const lines = vanished.map(({ name, content }) => `${name}\0${content}\n`).sort()
    const loss = hash('sha256', lines.join(''))
    this.#held = { since: begun?.since ?? since ?? this.#now(), names, known, loss }
    const said = { vanished: names.size, known, loss }
    if (!begun)
      this.#log.warn(said, 'known images vanished; they stay in use until they are back or the loss is confirmed')
    this.#measure()
    return begun?.loss !== loss
  }

  /** Says whether anything was held. */
  release(how: 'back' | 'confirmed'): boolean {
    if (!this.#held) return false
    const said = { vanished: this.#held.names.size, seconds: this.#secondsSince(this.#held) }
    this.#log.info(said, how === 'back' ? 'vanished known images are back' : 'loss of known images confirmed')
    this.#held = undefined
    this.#measure()
    return true
  }

  /** What cannot be read, each with its fault; nothing = all can be. */
  unreadable(names: string[]): void {
    if (names.length > 0 && !this.#unreadable)
      this.#log.warn(
        { parts: names.length, some: names.slice(0, NAMED) },
        'known people partly unreadable; what was last read of that part stays in use',
      )
    if (names.length === 0 && this.#unreadable)
      this.#log.info({ seconds: this.#secondsSince(this.#unreadable) }, 'all known people readable again')
    this.#unreadable = names.length > 0 ? { since: this.#unreadable?.since ?? this.#now(), names } : undefined
    this.#measure()
  }

  /** As GetStats says it. */
  report(): Required<Pick<KnownStoreMessage, 'state' | 'sinceMs' | 'detail' | 'vanished' | 'known' | 'loss'>> {
    const none = { vanished: 0, known: 0, loss: '' }
    if (this.#away) {
      const { since: sinceMs, detail, known } = this.#away
      const rest =
        known > 0
          ? `What was known before still counts (${images(known)}). ${UNTIL_THEN}`
          : 'Until then nobody is known.'
      return { ...none, state: 'KNOWN_STORE_STATE_AWAY', sinceMs, detail: `${detail} ${rest}` }
    }
    if (this.#held) {
      const { since: sinceMs, names, known, loss } = this.#held
      const detail = `${names.size} of ${images(known)} vanished from their store, and nobody removed them here. They still count. Bring the files back, or confirm that they are gone for good. ${UNTIL_THEN}`
      return { state: 'KNOWN_STORE_STATE_HELD', sinceMs, detail, vanished: names.size, known, loss }
    }
    if (this.#unreadable) {
      const { since: sinceMs, names } = this.#unreadable
      const more = names.length > NAMED ? ` and ${names.length - NAMED} more` : ''
      const detail = `Some known images cannot be read: ${names.slice(0, NAMED).join(', ')}${more}. What was known of them still counts. Change their permissions, or look at their disk.`
      return { ...none, state: 'KNOWN_STORE_STATE_PARTLY', sinceMs, detail }
    }
    return { ...none, state: 'KNOWN_STORE_STATE_PRESENT', sinceMs: 0, detail: '' }
  }

  #secondsSince({ since }: { since: number }): number {
    return Math.round((this.#now() - since) / 1000)
  }

  #measure(): void {
    aways.set(this.#away ? 1 : 0)
    held.set(this.held.size)
    unread.set(this.#unreadable?.names.length ?? 0)
  }
}

const NONE: ReadonlySet<string> = new Set()

const images = (count: number) => `${count} known ${count === 1 ? 'image' : 'images'}`
