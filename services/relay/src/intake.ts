import { hash } from 'node:crypto'
import type { Message } from '@livepods/messages'
import { type Position, type RecordKey, type Spool, SpoolError } from '@livepods/spool'
import type { Parking } from './parking.ts'
import { recordOf } from './record.ts'
import type { TextLog } from './text-log.ts'

/** Where a message is stored, and what it is called at the sink. */
export interface Stored {
  number: number
  stream: string
  seq: number
}

export interface IntakeOptions {
  spool: Spool
  parking: Pick<Parking, 'has' | 'isFull'>
  ownStream: (epoch: string) => string
  textLog: Pick<TextLog, 'add'> | undefined
}

/** Who sent a message. */
export interface Origin {
  /** The address. */
  client: string
  /** Of the request, with who sent it. */
  key?: string | undefined
}

/** Stores messages durably. */
export class Intake {
  readonly #options: IntakeOptions

  constructor(options: IntakeOptions) {
    this.#options = options
  }

  /**
   * Resolves when the message is durable; with the key of one that was stored before, that one's place. Rejects with SpoolError.
   * @param origin absent: it came before
   */
  async store(message: Message, { client, key }: Partial<Origin> = {}): Promise<Stored> {
    const { spool, parking, ownStream, textLog } = this.#options
    const { stream, seq } = message
    if (stream !== undefined && parking.isFull && parking.has(stream))
      throw new SpoolError('SPOOL_FULL', `Too many messages of ${stream} wait for those that are missing before them.`)
    const record = recordOf(message)
    const position: Position = await spool.append(
      key === undefined ? record : { ...record, key: recordKey(key, message, record.body) },
    )
    const { number, count, isRepeated } = position
    if (client !== undefined && !isRepeated) textLog?.add(client, record.body)
    return stream !== undefined && seq !== undefined
      ? { number, stream, seq }
      : { number, stream: ownStream(spool.epoch), seq: count }
  }
}

function recordKey(key: string, { stream = '', seq = 0 }: Message, body: Buffer): RecordKey {
  const digest = hash('sha256', Buffer.concat([Buffer.from(`${stream}\n${seq}\n`), body]), 'buffer')
  return { id: hash('sha256', key, 'buffer').subarray(0, 16), digest: digest.subarray(0, 16) }
}
