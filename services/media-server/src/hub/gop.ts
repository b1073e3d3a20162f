import { type Framing, frame, type Message } from './message.ts'

const MAX_BYTES = 16 * 1024 * 1024
const MAX_MESSAGES = 8192
/** More pieces than this become one. */
const MAX_PIECES = 16

/** Bytes of the first messages, in one framing. */
interface Framed {
  messages: number
  pieces: Buffer[]
}

/** The messages since the last key frame, for who begins to watch now; nothing while a group of pictures is larger than its limits. */
export class Gop {
  #messages: Message[] = []
  #bytes = 0
  #isOpen = false
  readonly #framed = new Map<Framing, Framed>()

  get messages(): readonly Message[] {
    return this.#messages
  }

  /** Undefined while there is nothing. */
  get first(): Message | undefined {
    return this.#messages[0]
  }

  /** @param key where a new group of pictures begins */
  begin(key: Message): void {
    this.clear()
    this.#isOpen = true
    this.add(key)
  }

  add(message: Message): void {
    const isFull = this.#messages.length >= MAX_MESSAGES || this.#bytes + message.payload.length > MAX_BYTES
    if (isFull) this.clear()
    if (!this.#isOpen) return
    this.#messages.push(message)
    this.#bytes += message.payload.length
  }

  clear(): void {
    this.#messages = []
    this.#bytes = 0
    this.#isOpen = false
    this.#framed.clear()
  }

  /** All of it in a few buffers, which everybody who begins meanwhile shares: only what is new is framed. */
  pieces(framing: Framing): Buffer[] {
    const there = this.#framed.get(framing) ?? { messages: 0, pieces: [] }
    const pieces = [...there.pieces, frame(framing, this.#messages.slice(there.messages))].filter(
      ({ length }) => length > 0,
    )
    const kept = pieces.length > MAX_PIECES ? [Buffer.concat(pieces)] : pieces
    this.#framed.set(framing, { messages: this.#messages.length, pieces: kept })
    return kept
  }
}
