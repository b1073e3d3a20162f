import { eventually } from '@livepods/testing'
import { docker, ownServices } from '../../../src/engine.ts'

/** A photo as the frontend tells of it. */
export interface Photo {
  id: string
  final: boolean
  person: { name: string } | null
}

/** A stream as the media-server tells of it. */
export interface Stream {
  name: string
  onAir: boolean
  codecs: string[]
}

/** Messages of one sender, as a sink tells of them. */
export interface MessageStream {
  name: string
  last: number | null
  missing: number
  conflicts: number
}

/** The system that compose.yaml describes, under the project's name of its own. */
export class System implements AsyncDisposable {
  /** Sent with every request, such as a token. */
  headers: Record<string, string> = {}

  /** Starts it, or what of it does not run, and waits for health as a person would. */
  async up(): Promise<void> {
    await docker('compose', 'up', '--wait', '--no-build')
  }

  /** Where a published port is now; a container that was started again may have another. */
  async #url(service: string, port: number, path: string): Promise<URL> {
    return new URL(path, `http://${await docker('compose', 'port', service, `${port}`)}`)
  }

  async page(path: string): Promise<Response> {
    const url = await this.#url('frontend', 8081, path)
    return await fetch(url, { headers: this.headers, signal: AbortSignal.timeout(10_000) })
  }

  async photos(): Promise<Photo[]> {
    return ((await (await this.page('/v1/images')).json()) as { images: Photo[] }).images
  }

  /** Where something of the media-server is. */
  async media(path: string): Promise<URL> {
    return await this.#url('media-server', 8080, path)
  }

  async streams(): Promise<Stream[]> {
    const url = await this.media('/v1/streams')
    const response = await fetch(url, { headers: this.headers, signal: AbortSignal.timeout(10_000) })
    return ((await response.json()) as { streams: Stream[] }).streams
  }

  /** The lines of the text logs of some relays, or sinks. */
  async textLogs(kind: 'Relay' | 'Sink', services: readonly string[]): Promise<string[]> {
    const logs = services.map((service) =>
      docker('compose', 'exec', '-T', service, 'cat', `/var/local/container/${kind}_${service}.txt`),
    )
    return (await Promise.all(logs)).flatMap((log) => log.split('\n'))
  }

  /** What a sink says of all streams. */
  async messageStreams(): Promise<MessageStream[]> {
    const url = await this.#url('sink', 8084, '/v1/report')
    const response = await fetch(url, { headers: this.headers, signal: AbortSignal.timeout(10_000) })
    return ((await response.json()) as { streams: MessageStream[] }).streams
  }

  /** Sends the bytes of a photo to the receiver. */
  async send(photo: Uint8Array<ArrayBuffer>): Promise<Response> {
    return await fetch(await this.#url('receiver', 8000, '/v1/images'), {
      method: 'POST',
      headers: { 'content-type': 'image/jpeg', ...this.headers },
      body: photo,
      signal: AbortSignal.timeout(10_000),
    })
  }

  /** Sends a photo until it is accepted; its id. */
  async accepted(photo: Uint8Array<ArrayBuffer>): Promise<string> {
    return await eventually(async () => {
      const response = await this.send(photo)
      if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`)
      return ((await response.json()) as { id: string }).id
    })
  }

  /** Resolves with the photo when it is final. */
  async final(id: string): Promise<Photo> {
    return await eventually(
      async () => {
        const photo = (await this.photos()).find((photo) => `${photo.id}` === `${id}`)
        if (!photo?.final) throw new Error(`photo ${id} is not final: ${JSON.stringify(photo)}`)
        return photo
      },
      { withinMs: 300_000, everyMs: 200 },
    )
  }

  /** The containers' states, by service. */
  async states(): Promise<
    Map<string, { Status: string; ExitCode: number; StartedAt: string; Health?: { Status: string } }>
  > {
    const containers = (await docker('compose', 'ps', '--all', '--quiet')).split('\n')
    const format = '{{index .Config.Labels "com.docker.compose.service"}} {{json .State}}'
    const lines = await docker('inspect', '--format', format, ...containers)
    return new Map(
      lines.split('\n').map((line) => {
        const [service = '', ...state] = line.split(' ')
        return [service, JSON.parse(state.join(' '))]
      }),
    )
  }

  /**
   * Ends a service's process as a crash would. `docker kill` is a wish of the operator, after which the engine does not start it again;
   * so the signal comes from a container that sees the engine's processes.
   */
  async crash(service: string): Promise<void> {
    const container = await docker('compose', 'ps', '--quiet', service)
    const pid = await docker('inspect', '--format', '{{.State.Pid}}', container)
    const [own] = (await ownServices()).values()
    await docker(
      'run',
      '--rm',
      '--pid=host',
      '--user=root',
      own?.image ?? '',
      'node',
      '-e',
      `process.kill(${pid}, 'SIGKILL')`,
    )
  }

  /** Resolves when the engine has started the service again since `before` and it is healthy. */
  async startedAgain(service: string, before: string): Promise<void> {
    await eventually(
      async () => {
        const state = (await this.states()).get(service)
        if (state?.StartedAt === before || state?.Health?.Status !== 'healthy')
          throw new Error(`${service}: ${JSON.stringify(state)}`)
      },
      { withinMs: 300_000, everyMs: 200 },
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Docker may refuse to remove a network for a moment: a container that it has just removed is still one of its endpoints.
    await eventually(() => docker('compose', '--profile', '*', 'down', '--volumes', '--remove-orphans'), {
      everyMs: 1000,
    })
  }
}
