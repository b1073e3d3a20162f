import type { Socket } from 'node:net'
import { counter } from '@livepods/service'
import type { Message } from '../hub/message.ts'
import type { RemotePublisher, Stream } from '../hub/stream.ts'
import type { Claim } from './claim.ts'
import type { FeedRequest } from './peer-state.ts'
import { encodeRecord, type FeedRecord } from './records.ts'
import { windowRecords } from './window-records.ts'

/** A follower that is further behind is cut off: it comes again, and says what it has. */
const MAX_BEHIND_BYTES = 8 * 1024 * 1024
const TICK_MS = 1000

const cuts = counter({ name: 'followers_cut_total', help: 'Feeds that ended since the follower was 8 MiB behind.' })

/** Sends one follower what it does not have of a stream, and then what comes. */
export class FeedSender {
  readonly #socket: Socket
  readonly #stream: Stream
  readonly #release: (() => void)[]
  /** What it was sent to begin with may be more than the limit. */
  #allowance = 0
  #isCorked = false

  constructor(socket: Socket, stream: Stream, { claim, request }: { claim: Claim | undefined; request: FeedRequest }) {
    this.#socket = socket
    this.#stream = stream
    for (const record of windowOf(stream, { claim, request })) this.#write(record)
    for (const message of stream.joinMessages) this.#write({ type: 'join', message })
    this.#write({ type: 'live' })
    this.#allowance = socket.writableLength
    const ticks = setInterval(() => this.#send({ type: 'tick' }), TICK_MS)
    this.#release = [
      () => clearInterval(ticks),
      stream.listen((message) => this.#send(mediaRecord(message))),
      stream.presentation.listen((record) => this.#send(record)),
    ]
    socket.once('close', () => this.#stop())
  }

  /** Another publisher has it from now on, at this replica. */
  begin(claim: Claim | undefined): void {
    this.#send(streamRecord(this.#stream, claim))
  }

  /** This replica does not own the stream any more; what was sent arrives. */
  end(): void {
    this.#stop()
    this.#socket.end()
  }

  #send(record: FeedRecord): void {
    const waiting = this.#socket.writableLength
    if (waiting < MAX_BEHIND_BYTES) this.#allowance = 0
    else if (waiting > MAX_BEHIND_BYTES + this.#allowance) {
      cuts.inc()
      this.#stop()
      this.#socket.destroy()
      return
    }
    this.#write(record)
  }

  /** The records of one turn of the event loop are one write. */
  #write(record: FeedRecord): void {
    if (!this.#isCorked) {
      this.#isCorked = true
      this.#socket.cork()
      process.nextTick(() => {
        this.#isCorked = false
        this.#socket.uncork()
      })
    }
    this.#socket.write(encodeRecord(record))
  }

  #stop(): void {
    for (const release of this.#release.splice(0)) release()
  }
}

/** Which stream it is, and the segments that are not where the request comes from. */
export function* windowOf(
  stream: Stream,
  { claim, request }: { claim: Claim | undefined; request: FeedRequest },
): Generator<FeedRecord> {
  const { presentation } = stream
  yield streamRecord(stream, claim)
  yield* windowRecords(presentation, request.bornAt === presentation.bornAt.getTime() ? request.held : [])
}

function streamRecord(stream: Stream, claim: Claim | undefined): FeedRecord {
  const { owner, protocol, client } = stream.publisher ?? NOBODY
  const bornAt = stream.presentation.bornAt.getTime()
  return { type: 'stream', bornAt, claim, publisher: { owner, protocol, client } }
}

const NOBODY: RemotePublisher = { owner: undefined, protocol: 'rtmp', client: '' }

const records = new WeakMap<Message, FeedRecord>()

/** One for all followers. */
function mediaRecord(message: Message): FeedRecord {
  const there = records.get(message)
  if (there) return there
  const record: FeedRecord = { type: 'media', message }
  records.set(message, record)
  return record
}
