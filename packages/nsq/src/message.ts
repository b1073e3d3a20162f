import { randomBytes } from 'node:crypto'
import type { Due } from './deadlines.ts'

/** A message as one channel (or a topic that has none yet) keeps it. */
export class Message implements Due {
  /** 16 characters of ASCII, as on the wire. */
  readonly id: string
  /** Nanoseconds since 1970. */
  readonly timestamp: bigint
  readonly body: Buffer
  /** Milliseconds that a DPUB asked to wait. */
  readonly deferMs: number
  attempts = 0

  /** The client that has it in flight; 0 = none. */
  clientId = 0
  deliveredAt = 0
  dueAt = 0
  heapIndex = -1

  /** Keeps `body` as it is: the caller gives its own copy away. */
  constructor(body: Buffer, deferMs = 0, id = nextId(), timestamp = BigInt(Date.now()) * 1_000_000n) {
    this.id = id
    this.timestamp = timestamp
    this.body = body
    this.deferMs = deferMs
  }

  /** The same message for another channel, with its own attempts and deadline; the body is shared. */
  copy(): Message {
    return new Message(this.body, this.deferMs, this.id, this.timestamp)
  }

  /** The same message as if its publisher had sent it twice. */
  duplicate(): Message {
    return new Message(this.body, this.deferMs, nextId(), this.timestamp)
  }

  /** Bytes that it takes from the memory budget. */
  get cost(): number {
    return costOf(this.body.length)
  }
}

// Memory of an empty message in V8: object, id, map entry, heap and queue slots, array buffer; about 430 measured while queued.
const OVERHEAD_BYTES = 512

/** Bytes that a message with a body of this size takes from the memory budget. */
export function costOf(bodyBytes: number): number {
  return bodyBytes + OVERHEAD_BYTES
}

/** A copy that keeps nothing else alive: a view would pin the 64 KiB that the socket read. */
export function ownBytes(view: Uint8Array): Buffer {
  const copy = Buffer.allocUnsafeSlow(view.length)
  copy.set(view)
  return copy
}

let prefix = randomBytes(4).toString('hex')
let counter = 0

function nextId(): string {
  counter += 1
  if (counter === 0x1_0000_0000) {
    counter = 0
    prefix = randomBytes(4).toString('hex')
  }
  return prefix + counter.toString(16).padStart(8, '0')
}
