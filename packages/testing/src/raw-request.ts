import { connect } from 'node:net'

export interface RawAnswer {
  status: number
  /** Headers and body as they came. */
  text: string
  /** What the connection said, from a client that reads only when all is sent; undefined: all went well. */
  fault: string | undefined
}

interface RawOptions {
  headers?: Record<string, string>
  body: Buffer
  /** Sent in chunks, without a Content-Length. */
  chunked?: boolean
  /** Reads while it sends; else it reads when all is sent, as simple clients do. */
  readsMeanwhile?: boolean
}

/** Sends a request over a socket as simple programs do: all of it, whatever is answered meanwhile. */
export async function rawRequest(
  url: string,
  { headers = {}, body, chunked = false, readsMeanwhile = false }: RawOptions,
): Promise<RawAnswer> {
  const { hostname, port, pathname } = new URL(url)
  const { promise, resolve } = Promise.withResolvers<RawAnswer>()
  const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true })
  let text = ''
  let sent = false
  const done = (fault?: string) => {
    socket.destroy()
    resolve({ status: Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1] ?? 0), text, fault })
  }
  const isWhole = () => {
    const [head = '', rest = ''] = text.split(/\r\n\r\n(.*)/s)
    const length = /content-length: (\d+)/i.exec(head)?.[1]
    return length !== undefined && Buffer.byteLength(rest) >= Number(length)
  }
  socket.on('error', ({ message }) => done(message))
  socket.on('end', () => done(isWhole() ? undefined : 'The answer is cut off.'))
  socket.on('data', (bytes) => {
    text += bytes.toString('utf8')
    if (sent && isWhole()) done()
  })
  const closed = new Promise<void>((gone) => void socket.once('close', () => gone()))
  if (!readsMeanwhile) socket.pause()
  const framing = chunked ? { 'transfer-encoding': 'chunked' } : { 'content-length': String(body.length) }
  const lines = Object.entries({ host: 'x', ...framing, ...headers }).map(([name, value]) => `${name}: ${value}`)
  socket.write(`POST ${pathname} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`)
  for (let at = 0; at < body.length && !socket.destroyed; at += 65_536) {
    const part = body.subarray(at, at + 65_536)
    if (chunked) socket.write(`${part.length.toString(16)}\r\n`)
    const room = socket.write(part)
    if (chunked) socket.write('\r\n')
    if (!room) await Promise.race([new Promise<void>((go) => void socket.once('drain', go)), closed])
  }
  sent = true
  socket.write(chunked ? '0\r\n\r\n' : '', () => socket.resume())
  if (readsMeanwhile && isWhole()) done()
  return await promise
}
