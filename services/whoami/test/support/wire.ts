import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'

export interface Answer {
  status: number
  /** Names as written, and values. */
  fields: [name: string, value: string][]
  /** Without the transfer coding, one character for each byte. */
  body: string
  /** What came after it. */
  rest: string
}

/** Everything that comes until the other side ends, one character for each byte. */
export async function readAll(socket: Duplex): Promise<string> {
  let text = ''
  socket.on('data', (bytes: Buffer) => (text += bytes.toString('latin1')))
  const closed = Promise.withResolvers<void>()
  socket.once('close', closed.resolve)
  socket.once('end', closed.resolve)
  socket.on('error', () => closed.resolve())
  await closed.promise
  socket.destroy()
  return text
}

/** Resolves with what came as soon as `isWhole` says that it is enough. */
export async function readUntil(socket: Duplex, isWhole: (text: string) => boolean): Promise<string> {
  let text = ''
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const take = (bytes: Buffer) => {
    text += bytes.toString('latin1')
    if (isWhole(text)) resolve(text)
  }
  socket.on('data', take)
  socket.once('close', () => reject(new Error(`The connection ended after: ${text}`)))
  socket.on('error', reject)
  return await promise.finally(() => socket.off('data', take))
}

export async function open(port: number): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true })
  await once(socket, 'connect')
  return socket
}

/** Sends these bytes (latin1) and resolves with the first answer. `end` closes our side. */
export async function ask(port: number, text: string, { end = false } = {}): Promise<Answer & { localPort: number }> {
  const socket = await open(port)
  const { localPort = 0 } = socket
  socket.write(text, 'latin1')
  if (end) socket.end()
  const isHead = text.startsWith('HEAD ')
  let received = ''
  const done = Promise.withResolvers<void>()
  socket.on('data', (bytes) => {
    received += bytes.toString('latin1')
    if (parseAnswer(received, { isHead })) done.resolve()
  })
  socket.once('close', () => done.resolve())
  socket.once('end', () => done.resolve())
  socket.on('error', () => done.resolve())
  await done.promise
  socket.destroy()
  const answer = parseAnswer(received, { isHead, isEnded: true })
  if (!answer) throw new Error(`No answer to ${JSON.stringify(text)}, but ${JSON.stringify(received)}.`)
  return { ...answer, localPort }
}

/** The first answer in a text, or undefined while it is not all there. */
export function parseAnswer(text: string, { isHead = false, isEnded = false } = {}): Answer | undefined {
  const end = text.indexOf('\r\n\r\n')
  if (end < 0) return undefined
  const [line = '', ...lines] = text.slice(0, end).split('\r\n')
  const fields = lines.map((line) => line.split(/: ?(.*)/s).slice(0, 2) as [string, string])
  const status = Number(line.split(' ')[1])
  const field = (wanted: string) => fields.find(([name]) => name.toLowerCase() === wanted)?.[1]
  const rest = text.slice(end + 4)
  if (isHead || status === 204 || status === 304) return { status, fields, body: '', rest }
  const length = field('content-length')
  if (length !== undefined) {
    if (rest.length < Number(length)) return undefined
    return { status, fields, body: rest.slice(0, Number(length)), rest: rest.slice(Number(length)) }
  }
  if (field('transfer-encoding') === 'chunked') {
    const decoded = withoutChunks(rest)
    return decoded && { status, fields, ...decoded }
  }
  return isEnded ? { status, fields, body: rest, rest: '' } : undefined
}

function withoutChunks(text: string): { body: string; rest: string } | undefined {
  let body = ''
  for (let at = 0; ; ) {
    const line = text.indexOf('\r\n', at)
    if (line < 0) return undefined
    const size = Number.parseInt(text.slice(at, line), 16)
    if (size === 0) {
      const end = text.indexOf('\r\n\r\n', line - 2)
      const trailers = text.startsWith('\r\n', line + 2) ? line + 4 : text.indexOf('\r\n\r\n', line) + 4
      return end < 0 ? undefined : { body, rest: text.slice(line + 2, trailers - 2) }
    }
    if (text.length < line + 2 + size + 2) return undefined
    body += text.slice(line + 2, line + 2 + size)
    at = line + 2 + size + 2
  }
}
