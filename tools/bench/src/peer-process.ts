import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { type Usage, usageOf } from './process-usage.ts'

export interface PeerOptions {
  command: string
  args: readonly string[]
  env?: Record<string, string>
}

/** What a peer can be asked, by name. Requests and answers are JSON objects. */
export type Operations = Record<string, (request: never) => Promise<object>>

/** The process was not able or not willing to take part; the message is its own sentence. */
export class PeerRefusedError extends Error {
  override readonly name = 'PeerRefusedError'
  readonly code = 'PEER_REFUSED'
}

/**
 * Something measured in a process of its own, so that its memory and CPU time are its own: it reads requests as JSON lines from its input
 * (the operation is `op`), writes answers in the same order to its file descriptor 3, and ends at the end of its input. The first line is a
 * greeting; `refused` or `error` in a line is a sentence.
 */
export class PeerProcess<Asked extends Operations> implements AsyncDisposable {
  /** What it said of itself at the start. */
  greeting: Record<string, unknown> = {}
  readonly #child: ChildProcess
  readonly #answers: AsyncIterator<string>
  #stderr = ''

  /** Rejects with PeerRefusedError when it does not take part. */
  static async start<Asked extends Operations>({ command, args, env }: PeerOptions): Promise<PeerProcess<Asked>> {
    const child = spawn(command, args, {
      env: { ...process.env, ...env },
      stdio: ['pipe', 'ignore', 'pipe', 'pipe'],
    })
    const peer = new PeerProcess<Asked>(child)
    await once(child, 'spawn').catch((error: Error) => {
      throw new PeerRefusedError(`${command} cannot be started: ${error.message}.`)
    })
    peer.greeting = await peer.#nextAnswer()
    if (typeof peer.greeting.refused === 'string') throw new PeerRefusedError(peer.greeting.refused)
    return peer
  }

  private constructor(child: ChildProcess) {
    this.#child = child
    this.#answers = createInterface({ input: child.stdio[3] as Readable })[Symbol.asyncIterator]()
    // Where an answer is missing, the last that it wrote may say why.
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-1000)
    })
    ;(child.stdin as Writable).on('error', () => {}) // the missing answer says it
  }

  /** One request at a time. Throws what it answers as `error`, or how it ended. */
  async ask<Op extends keyof Asked & string>(
    op: Op,
    request: Parameters<Asked[Op]>[0],
  ): Promise<Awaited<ReturnType<Asked[Op]>>> {
    const line = JSON.stringify({ op, ...(request as object) })
    this.#child.stdin?.write(`${line}\n`)
    const answer = await this.#nextAnswer()
    if (typeof answer.error === 'string') throw new Error(`${answer.error} (asked: ${line})`)
    return answer as Awaited<ReturnType<Asked[Op]>>
  }

  get usage(): Usage | undefined {
    return usageOf(this.#child.pid)
  }

  async #nextAnswer(): Promise<Record<string, unknown>> {
    const { value, done } = await this.#answers.next()
    if (done)
      throw new PeerRefusedError(`The process ended without an answer: ${this.#stderr.trim() || 'it said nothing'}`)
    return JSON.parse(value) as Record<string, unknown>
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const ended = once(this.#child, 'exit')
    this.#child.stdin?.end()
    await ended
  }
}
