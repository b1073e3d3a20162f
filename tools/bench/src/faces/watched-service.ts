import { call, connect } from '@livepods/grpc'
import { faces } from '@livepods/protos'
import { type SpawnedService, spawnService } from '@livepods/testing'
import { usageOf } from '../process-usage.ts'

type Client = InstanceType<typeof faces.FaceRecognitionService>

/** How late the event loop was, in milliseconds. */
export interface Lag {
  p99Ms: number
  longestMs: number
}

/** The only column of what is measured of it. */
export const SERVICE = 'service'
const MAIN = new URL(import.meta.resolve('@livepods/face-recognition/main'))
const WATCH = new URL('../loop-watch.ts', import.meta.url)
const START_WITHIN_MS = 120_000

/** The service face-recognition as it is deployed, in a process of its own whose event loop is watched. */
export class WatchedService implements AsyncDisposable {
  /** From the start of the process to its being ready. */
  readonly startSeconds: number
  readonly client: Client
  readonly address: string
  readonly #service: SpawnedService
  #lags = 0

  static async start(environment: Record<string, string>): Promise<WatchedService> {
    const begun = performance.now()
    const service = await spawnService(MAIN, {
      PORT: '0',
      LOG_LEVEL: 'info',
      MALLOC_ARENA_MAX: '2',
      MALLOC_TRIM_THRESHOLD_: '4000000',
      NODE_OPTIONS: `--import=${WATCH.href}`,
      ...environment,
    })
    await service.ready(START_WITHIN_MS)
    const seconds = (performance.now() - begun) / 1000
    const [, port] = await service.said(/"grpcPort":(\d+)/)
    return new WatchedService(service, `127.0.0.1:${port}`, seconds)
  }

  private constructor(service: SpawnedService, address: string, startSeconds: number) {
    this.#service = service
    this.startSeconds = startSeconds
    this.client = connect(faces.FaceRecognitionService, address) as Client
    this.address = address
  }

  /** NaN where the system does not say it. */
  get residentMegabytes(): number {
    return usageOf(this.#service.process.pid)?.residentMegabytes ?? Number.NaN
  }

  /** Since the last call. */
  async lag(): Promise<Lag> {
    const before = this.#lags++
    this.#service.process.kill('SIGUSR2')
    const [line] = await this.#service.said(new RegExp(`(?:"lag"[^]*){${before}}{"lag".*}}`))
    return (JSON.parse(line.slice(line.lastIndexOf('{"lag"'))) as { lag: Lag }).lag
  }

  /** Sum (seconds) and count of a stage of all pictures until now. */
  async stage(name: string): Promise<{ sum: number; count: number }> {
    const text = await (await fetch(`${this.#service.ops}/metrics`)).text()
    const value = (what: string) =>
      Number(new RegExp(`face_stage_duration_seconds_${what}\\{stage="${name}"\\} (\\S+)`).exec(text)?.[1] ?? 0)
    return { sum: value('sum'), count: value('count') }
  }

  /** Identifies a picture. */
  async identify(content: Buffer): Promise<{ faces: unknown[] }> {
    return await call(this.client, this.client.identify, { content }, { deadlineMs: 60_000 })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client.close()
    await this.#service.stop()
  }
}
