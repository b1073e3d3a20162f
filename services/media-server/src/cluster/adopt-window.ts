import type { Hub } from '../hub/hub.ts'
import type { Stream } from '../hub/stream.ts'
import type { StreamName } from '../stream-name.ts'
import type { Address, PeerClient } from './peer-client.ts'
import { RecordReader } from './records.ts'
import { heldOf } from './window-records.ts'

interface Options {
  name: StreamName
  peer: Address
  client: PeerClient
  hub: Hub
  maxBodyBytes: number
  signal: AbortSignal
}

/** Gives the hub the segments of a stream that a peer has; those that are here already are not sent again. Rejects when the peer fails. */
export async function adoptWindow({ name, peer, client, hub, maxBodyBytes, signal }: Options): Promise<void> {
  const reader = new RecordReader(maxBodyBytes)
  const answer = await client.open(peer, '/window', whatIsHere(hub, name), signal)
  let stream: Stream | undefined
  for await (const piece of answer) {
    for (const record of reader.read(piece)) {
      if (record.type === 'stream')
        stream = hub.adopt(name, { bornAt: new Date(record.bornAt), publisher: record.publisher })
      else if (isOfWindow(record.type)) stream?.presentation.apply(record as never)
    }
  }
}

/** A request for what this replica does not have of a stream. */
export function whatIsHere(hub: Hub, name: StreamName): object {
  const presentation = hub.presentationOf(name)
  if (!presentation) return { name, held: [] }
  return { name, bornAt: presentation.bornAt.getTime(), held: heldOf(presentation) }
}

function isOfWindow(type: string): boolean {
  return ['period', 'init', 'open', 'part', 'close', 'longest', 'unsupported'].includes(type)
}
