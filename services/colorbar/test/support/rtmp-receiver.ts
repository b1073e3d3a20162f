import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'

/** A place that RTMP can be sent to, as ffmpeg listens for it: one publisher at a time; when it leaves, the next one may come. */
export class RtmpReceiver implements AsyncDisposable {
  readonly url: string
  #process: ChildProcess | undefined
  #ended: Promise<unknown> = Promise.resolve()

  constructor(port: number) {
    this.url = `rtmp://127.0.0.1:${port}/live/live`
    this.#listen()
  }

  #listen(): void {
    const args = [
      '-v',
      'quiet',
      '-nostdin',
      '-listen',
      '1',
      '-f',
      'flv',
      '-i',
      this.url,
      '-c',
      'copy',
      '-f',
      'null',
      '-',
    ]
    this.#process = spawn('ffmpeg', args, { stdio: 'ignore' })
    this.#ended = once(this.#process, 'exit').then(() => this.#process && this.#listen())
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const last = this.#process
    this.#process = undefined
    last?.kill('SIGKILL')
    await this.#ended
  }
}
