import { connect } from 'node:net'

/** Reads one message of a topic from nsqd's TCP port in plain bytes, as any client of the queue would, and finishes it. */
export async function nextMessage(address: string, topic: string, channel: string): Promise<Buffer> {
  const [host, port] = address.split(':')
  const socket = connect(Number(port), host)
  try {
    socket.write(`  V2SUB ${topic} ${channel}\nRDY 1\n`)
    let received = Buffer.alloc(0)
    for await (const chunk of socket) {
      received = Buffer.concat([received, chunk as Buffer])
      // A frame: length (4), type (4), then for a message (type 2) time stamp (8), attempts (2), id (16), body.
      while (received.length >= 8 && received.length >= 4 + received.readUInt32BE(0)) {
        const frame = received.subarray(4, 4 + received.readUInt32BE(0))
        received = received.subarray(4 + frame.length)
        if (frame.readUInt32BE(0) !== 2) continue
        socket.write(`FIN ${frame.subarray(14, 30).toString('latin1')}\n`)
        return Buffer.from(frame.subarray(30))
      }
    }
    throw new Error('The connection ended without a message.')
  } finally {
    socket.destroy()
  }
}
