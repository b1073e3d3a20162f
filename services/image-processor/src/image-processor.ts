import { AccessToken } from '@livepods/access'
import { Breaker, type Transition } from '@livepods/breaker'
import { IMAGE_CHANNEL, IMAGE_TOPIC } from '@livepods/images'
import { Consumer, consumerAccess, Publisher, producerHttpAddress } from '@livepods/queue'
import { reach, type ServiceOptions } from '@livepods/service'
import { Database, databaseOptions } from '@livepods/sql'
import { Backlog } from './backlog.ts'
import type { Claim } from './claim.ts'
import { Clustering } from './clustering.ts'
import { Completion } from './completion.ts'
import type { Config } from './config.ts'
import { DueStore } from './due-store.ts'
import { GalleryClient } from './gallery-client.ts'
import { GalleryStore } from './gallery-store.ts'
import { PhotoStore } from './photo-store.ts'
import { PROCESS_NAME } from './process-name.ts'
import { Processor } from './processor.ts'
import { ReMatch } from './re-match.ts'
import { awayOf, isServerFault, Recogniser } from './recogniser.ts'
import type { Recognition } from './recognition.ts'
import { Redispatcher } from './redispatcher.ts'
import { TransitionStore } from './transition-store.ts'

type Options = ServiceOptions<Config>

/** Its name in metrics and in the database. */
const BREAKER = 'face-recognition'

/** A renewal that failed is tried twice more within a lease of 30 s. */
const DATABASE_LIMITS = { statementWithinMs: 5000, acquireWithinMs: 2000 }
/**
 * While a server reports that its image store is away, pings cost no photo an attempt: they are frequent, so that all photos are final
 * within a minute of the store's return. (The longer PING_MAX_SECONDS is for a server that answers pings and fails calls.)
 */
const AWAY_PING_MAX_MS = 10_000
/** How often face-recognition is asked whether the known people changed. */
const GALLERY_POLL_MS = 1000

/**
 * Processes the photos that messages announce, redispatches those that no message announces, and re-matches stored faces when the known
 * people changed.
 */
export class ImageProcessor implements AsyncDisposable {
  readonly #options: Options
  readonly #stack = new AsyncDisposableStack()

  constructor(options: Options) {
    this.#options = options
  }

  /** Resolves when it consumes messages; waits for the database. Rejects when the signal aborts meanwhile. Call it once. */
  async start(): Promise<void> {
    const { config, log, ops, signal } = this.#options
    const stack = this.#stack

    const database = stack.use(new Database({ ...databaseOptions(config), ...DATABASE_LIMITS }))
    ops.requires('database', () => database.ping())
    await reach('database', () => database.rows('SELECT 1 FROM images LIMIT 1'), { log, signal })
    const due = new DueStore(database)
    const galleries = new GalleryStore(database)

    const token = stack.use(await AccessToken.open(config, log))
    const recogniser = stack.use(
      new Recogniser({ address: config.GRPC_ADDRESS, deadlineMs: config.CALL_WITHIN_SECONDS * 1000, token }),
    )
    const transitions = stack.use(new TransitionStore(database, { breaker: BREAKER, log }))
    const earlier = await reach('database', () => transitions.newest(), { log, signal })
    const breaker = stack.use(breakerFor({ recogniser, earlier }, this.#options))
    transitions.follow(breaker)
    const processor = processorOn({ database, galleries, breaker }, this.#options)

    const publisher = stack.use(
      new Publisher({ address: producerHttpAddress(config.PRODUCER_ADDRESS, config.PRODUCER_HTTP_ADDRESS) }),
    )
    const consumer = new Consumer({
      ...consumerAccess(config),
      topic: IMAGE_TOPIC,
      channel: IMAGE_CHANNEL,
      concurrency: config.CONCURRENCY,
      handle: (body) => processor.receive(body),
      log,
    })
    ops.requires('queue', () => consumer.check())
    const backlog = stack.use(new Backlog({ due, consumer, log }))
    const redispatcher = stack.use(
      new Redispatcher({
        due,
        publisher,
        maxAttempts: config.MAX_ATTEMPTS,
        everyMs: config.SWEEP_EVERY_SECONDS * 1000,
        isPaused: () => breaker.state === 'open' || (backlog.depth ?? 0) > config.SWEEP_BELOW_DEPTH,
        depth: () => consumer.depth(),
        belowDepth: config.SWEEP_BELOW_DEPTH,
        log,
      }),
    )
    breaker.on('open', () => consumer.pause())
    breaker.on('close', () => {
      consumer.resume()
      redispatcher.runNow()
    })
    // nsqd keeps its messages in memory: one that was restarted may have lost all of them.
    consumer.on('connected', () => redispatcher.redispatchAll())
    consumer.on('closed', () => redispatcher.redispatchAll())

    const clustering = new Clustering({ log })
    const reMatch = stack.use(
      new ReMatch({
        database,
        galleries,
        client: stack.use(new GalleryClient(config.GRPC_ADDRESS, { token })),
        pending: async () => (await due.pending()).images,
        isPaused: () => breaker.state === 'open',
        afterwards: async (session, gallery) => void (await clustering.run(session, gallery)),
        everyMs: GALLERY_POLL_MS,
        log,
      }),
    )
    ops.reports('breaker', () => ({ state: breaker.state, nextPingAt: breaker.nextPingAt, history: breaker.history }))
    ops.reports('look', () => reMatch.status)
    ops.reports('queue', () => ({ ...consumer.status, depth: backlog.depth, pending: backlog.pending }))

    // Last, so that it closes first: what is being processed needs all of the above.
    stack.use(consumer).start()
    backlog.start()
    redispatcher.start()
    reMatch.start()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync()
  }
}

type IdentifyBreaker = Breaker<[Claim, AbortSignal], Recognition>

interface BreakerParts {
  recogniser: Recogniser
  earlier: readonly Transition[]
}

function breakerFor({ recogniser, earlier }: BreakerParts, { config, log }: Options): IdentifyBreaker {
  return new Breaker({
    name: BREAKER,
    process: PROCESS_NAME,
    call: recogniser.identify.bind(recogniser),
    ping: () => recogniser.ping(),
    isFault: isServerFault,
    failures: config.BREAKER_FAILURES,
    pingBaseMs: config.PING_BASE_SECONDS * 1000,
    pingMaxMs: config.PING_MAX_SECONDS * 1000,
    pingMaxMsAfter: (error) => (awayOf(error) === 'store' ? AWAY_PING_MAX_MS : undefined),
    earlier,
    log,
  })
}

interface ProcessorParts {
  database: Database
  galleries: GalleryStore
  breaker: IdentifyBreaker
}

function processorOn({ database, galleries, breaker }: ProcessorParts, { config, log, signal }: Options): Processor {
  const leaseMs = config.LEASE_SECONDS * 1000
  const photoStore = new PhotoStore({ database, maxAttempts: config.MAX_ATTEMPTS, leaseMs })
  return new Processor({
    photoStore,
    completion: new Completion({ database, photoStore, galleries }),
    identify: (claim, giveUp) => breaker.fire(claim, giveUp),
    leaseMs,
    backoff: { baseMs: config.BACKOFF_BASE_SECONDS * 1000, maxMs: config.BACKOFF_MAX_SECONDS * 1000 },
    log,
    stopping: signal,
    drainMs: config.STOP_WITHIN_SECONDS * 700,
  })
}
