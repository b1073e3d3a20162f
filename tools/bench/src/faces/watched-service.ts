import { call, connect } from '@livepods/grpc'
import { faces } from '@livepods/protos'
import { type SpawnedService, spawnService } from '@livepods/testing'
import { readMetrics } from '../metrics.ts'
import { usageOf } from '../process-usage.ts'
import type { Columns } from '../readings.ts'
import { rounded } from '../statistics.ts'

type Client = InstanceType<typeof faces.FaceRecognitionService>

/** How late the event loop was, in milliseconds. */
export interface Lag {
  p99Ms: number
  longestMs: number
}

/** The only candidate of what is measured of it. */
export const SERVICE = 'service'
/** How its tables are shown. */
export const OF_SERVICE = {
  rowName: '',
  candidate: SERVICE,
  show: ({ median }) => rounded(median),
} satisfies Partial<Columns>

const MAIN = new URL(import.meta.resolve('@livepods/face-recognition/main'))
const WATCH = new URL('../loop-watch.ts', import.meta.url)
const START_WITHIN_MS = 120_000

/** The service face-recognition as it is deployed, with two workers, in a process of its own whose event loop is watched. */
export class WatchedService implements AsyncDisposable {
  /** From the start of the process to its being ready. */
  readonly startSeconds: number
  readonly client: Client
  readonly address: string
  readonly #service: SpawnedService
  #lags = 0

  /** With the people in this folder known; one that is empty or absent is nobody. */
  static async start(known: string, environment: Record<string, string> = {}): Promise<WatchedService> {
    const begun = performance.now()
    const service = await spawnService(MAIN, {
      PORT: '0',
      LOG_LEVEL: 'info',
      MALLOC_ARENA_MAX: '2',
      MALLOC_TRIM_THRESHOLD_: '4000000',
      NODE_OPTIONS: `--import=${WATCH.href}`,
      KNOWN_PEOPLE: known,
      UNKNOWN_PEOPLE: known,
      FACE_WORKERS: '2',
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

  /** What a metric is now, by its name and labels. */
  async metric(metric: string): Promise<number> {
    return (await readMetrics(this.#service.ops))(metric)
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
