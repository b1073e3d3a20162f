import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { type Usage, usageOf } from './process-usage.ts'

export interface PeerOptions {
  command: string
  args: readonly string[]
  env: Record<string, string>
}

/** The process was not able or not willing to take part; the message is its own sentence. */
export class PeerRefused extends Error {
  override readonly name = 'PeerRefused'
}

/**
 * Something measured in a process of its own, so that its memory and CPU time are its own: it reads requests as JSON lines from its input,
 * writes answers in the same order to its file descriptor 3, and ends at the end of its input. The first line is a greeting; `refused` or
 * `error` in a line is a sentence.
 */
export class PeerProcess {
  /** What it said of itself at the start. */
  readonly greeting: Record<string, unknown>
  readonly #child: ChildProcess
  readonly #answers: AsyncIterator<string>
  readonly #stderr: () => string

  static async start({ command, args, env }: PeerOptions): Promise<PeerProcess> {
    const child = spawn(command, args, {
      env: { ...process.env, ...env },
      stdio: ['pipe', 'ignore', 'pipe', 'pipe'],
    })
    const stderr = tail(child.stderr as Readable)
    const failed = once(child, 'spawn').then(
      () => undefined,
      (error: Error) => new PeerRefused(`${command} cannot be started: ${error.message}.`),
    )
    const refusal = await failed
    if (refusal) throw refusal
    ;(child.stdin as Writable).on('error', () => {}) // the missing answer says it
    const answers = createInterface({ input: child.stdio[3] as Readable })[Symbol.asyncIterator]()
    const greeting = await nextAnswer(answers, stderr)
    if (typeof greeting.refused === 'string') throw new PeerRefused(greeting.refused)
    return new PeerProcess(child, answers, stderr, greeting)
  }

  private constructor(
    child: ChildProcess,
    answers: AsyncIterator<string>,
    stderr: () => string,
    greeting: Record<string, unknown>,
  ) {
    this.#child = child
    this.#answers = answers
    this.#stderr = stderr
    this.greeting = greeting
  }

  /** One request at a time. Throws what it answers as `error`, or how it ended. */
  async ask<Answer>(request: object): Promise<Answer> {
    this.#child.stdin?.write(`${JSON.stringify(request)}\n`)
    const answer = await nextAnswer(this.#answers, this.#stderr)
    if (typeof answer.error === 'string') throw new Error(`${answer.error} (asked: ${JSON.stringify(request)})`)
    return answer as Answer
  }

  get usage(): Usage | undefined {
    return usageOf(this.#child.pid)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const ended = once(this.#child, 'exit')
    this.#child.stdin?.end()
    await ended
  }
}

async function nextAnswer(answers: AsyncIterator<string>, stderr: () => string): Promise<Record<string, unknown>> {
  const { value, done } = await answers.next()
  if (done) throw new PeerRefused(`The process ended without an answer: ${stderr().trim() || 'it said nothing'}`)
  return JSON.parse(value) as Record<string, unknown>
}

/** The last of what was written, for the case that it explains an end. */
function tail(stream: Readable): () => string {
  let text = ''
  stream.setEncoding('utf8').on('data', (chunk: string) => {
    text = (text + chunk).slice(-1000)
  })
  return () => text
}
