import { hash } from 'node:crypto'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { parseXml, type XmlElement } from './xml.ts'

export type GuiRpcFault =
  /** Nobody listens there. */
  | 'UNREACHABLE'
  /** It does not take this password. */
  | 'UNAUTHORIZED'
  /** The connection ended before the answer was complete. */
  | 'CLOSED'
  | 'LATE'
  | 'TOO_LONG'
  /** The answer is not one of a client. */
  | 'MALFORMED'
  /** The client says why it does not do it. */
  | 'REFUSED'

/** A request to a client failed. */
export class GuiRpcError extends Error {
  override readonly name = 'GuiRpcError'
  readonly code: GuiRpcFault

  constructor(code: GuiRpcFault, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

export interface GuiRpcOptions {
  host?: string
  port?: number
  /** What gui_rpc_auth.cfg holds; absent: only what the client answers to anybody on its machine. */
  password?: string | undefined
  /** For the connection, and for each answer. */
  withinMs?: number
}

/** Ends every request and every answer. */
const END = 3
const MAX_BYTES = 16 * 1024 * 1024

/** A connection to a client: one request, one answer, one after the other. A failure ends it, but for REFUSED. */
export class GuiRpc implements Disposable {
  readonly #socket: Socket
  readonly #withinMs: number
  #last: Promise<unknown> = Promise.resolve()

  /** Connects and, with a password, authenticates. Rejects with GuiRpcError. */
  static async open({ host = '127.0.0.1', port = 31416, password, withinMs = 5000 }: GuiRpcOptions): Promise<GuiRpc> {
    const socket = connect({ host, port })
    // Whoever waits for an answer is told; at any other time nobody wants to know.
    socket.on('error', () => {})
    const rpc = new GuiRpc(socket, withinMs)
    try {
      await once(socket, 'connect', { signal: AbortSignal.timeout(withinMs) })
    } catch (cause) {
      socket.destroy()
      throw new GuiRpcError('UNREACHABLE', `No client listens on ${host}:${port}.`, { cause })
    }
    try {
      if (password !== undefined) await rpc.#authenticate(password)
      return rpc
    } catch (error) {
      socket.destroy()
      throw error
    }
  }

  private constructor(socket: Socket, withinMs: number) {
    this.#socket = socket
    this.#withinMs = withinMs
  }

  /** Sends the content of a request; resolves with the answer. Rejects with GuiRpcError. */
  async call(request: string): Promise<XmlElement> {
    const answer = this.#last.then(() => this.#exchange(request))
    this.#last = answer.catch(() => {})
    return await answer
  }

  [Symbol.dispose](): void {
    this.#socket.destroy()
  }

  async #authenticate(password: string): Promise<void> {
    const nonce = (await this.call('<auth1/>')).textOf('nonce')
    const hashed = hash('md5', nonce + password)
    const answer = await this.call(`<auth2>\n<nonce_hash>${hashed}</nonce_hash>\n</auth2>`)
    if (!answer.has('authorized')) throw new GuiRpcError('MALFORMED', 'The client does not say whether we may come in.')
  }

  async #exchange(request: string): Promise<XmlElement> {
    const socket = this.#socket
    if (socket.destroyed) throw new GuiRpcError('CLOSED', 'The connection to the client has ended.')
    const answered = this.#read()
    socket.write(`<boinc_gui_rpc_request>\n${request}\n</boinc_gui_rpc_request>\n${String.fromCharCode(END)}`)
    const answer = await answered.catch((error) => {
      socket.destroy()
      throw error
    })
    if (answer.has('unauthorized')) throw new GuiRpcError('UNAUTHORIZED', 'The client does not take this password.')
    const refused = answer.child('error')
    if (refused) throw new GuiRpcError('REFUSED', `The client refuses: ${refused.text}`)
    return answer
  }

  #read(): Promise<XmlElement> {
    const { promise, resolve, reject } = Promise.withResolvers<XmlElement>()
    const socket = this.#socket
    const chunks: Buffer[] = []
    let length = 0
    const onData = (chunk: Buffer) => {
      const end = chunk.indexOf(END)
      const part = end < 0 ? chunk : chunk.subarray(0, end)
      chunks.push(part)
      length += part.length
      if (length > MAX_BYTES)
        reject(new GuiRpcError('TOO_LONG', `The client answers with more than ${MAX_BYTES} bytes.`))
      else if (end >= 0) resolve(answerIn(Buffer.concat(chunks).toString('utf8')))
    }
    const onClose = () => reject(new GuiRpcError('CLOSED', 'The client ended the connection before its answer.'))
    const timer = setTimeout(
      () => reject(new GuiRpcError('LATE', `The client does not answer within ${this.#withinMs} ms.`)),
      this.#withinMs,
    )
    socket.on('data', onData).once('close', onClose)
    return promise.finally(() => {
      clearTimeout(timer)
      socket.off('data', onData).off('close', onClose)
    })
  }
}

async function answerIn(text: string): Promise<XmlElement> {
  try {
    const answer = parseXml(text)
    if (answer.name === 'boinc_gui_rpc_reply') return answer
    throw new Error(`It is a <${answer.name}>.`)
  } catch (cause) {
    throw new GuiRpcError('MALFORMED', `The client’s answer cannot be read: ${(cause as Error).message}`, { cause })
  }
}
