import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

/** A Service of the suite at a port of this machine, while it is not disposed of. */
export class PortForward implements AsyncDisposable {
  readonly url: string
  readonly #close: () => Promise<void>

  static async open(service: string, port: number): Promise<PortForward> {
    const child = spawn('kubectl', ['-n', 'livepods', 'port-forward', `service/${service}`, `:${port}`], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const closed = once(child, 'close')
    for await (const line of createInterface({ input: child.stdout })) {
      const [, local] = /127\.0\.0\.1:(\d+) ->/.exec(line) ?? []
      if (local)
        return new PortForward(`http://127.0.0.1:${local}`, async () => {
          child.kill()
          await closed
        })
    }
    throw new Error(`kubectl port-forward service/${service} ended.`)
  }

  private constructor(url: string, close: () => Promise<void>) {
    this.url = url
    this.#close = close
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close()
  }
}
