import { AccessToken, bearerOf } from '@livepods/access'
import type { ServiceOptions } from '@livepods/service'
import type { Config } from './config.ts'
import type { Picture } from './picture.ts'
import { Target } from './target.ts'

/** Sends the picture to every target of RTMP_URL. */
export class Colorbar implements AsyncDisposable {
  readonly #options: ServiceOptions<Config>
  readonly #stack = new AsyncDisposableStack()

  constructor(options: ServiceOptions<Config>) {
    this.#options = options
  }

  /** Resolves when sending has begun, whether the targets are there or not. Call it once. */
  async start(): Promise<void> {
    const { config, log, ops } = this.#options
    const token = this.#stack.use(await AccessToken.open(config, log))
    const targets = config.RTMP_URL.split(',').map((url, index) => {
      const target = new Target({
        number: index + 1,
        address: addressOf(url),
        url: () => withStream(url, bearerOf(token.headers.authorization)),
        picture: pictureOf(config),
        keyFrameSeconds: config.KEY_FRAME_SECONDS,
        videoKbitPerSecond: config.VIDEO_KBIT_PER_SECOND,
        stalledMs: config.STALLED_SECONDS * 1000,
        log,
      })
      ops.requires(target.name, () => target.check())
      return target
    })
    ops.reports('targets', () => targets.map(({ status }) => status))
    // All end at the same time.
    this.#stack.defer(async () => {
      await Promise.all(targets.map((target) => target[Symbol.asyncDispose]()))
    })
    for (const target of targets) target.start()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync()
  }
}

function pictureOf({ PICTURE_SIZE, FRAMES_PER_SECOND }: Config): Picture {
  const [width = 0, height = 0] = PICTURE_SIZE.split('x').map(Number)
  return { width, height, framesPerSecond: FRAMES_PER_SECOND }
}

/** A media-server gets the stream that it shows first, and our token; whoever names a stream of their own says all that is needed. */
function withStream(url: string, token: string | undefined): string {
  if (streamOf(url) !== '') return url
  return `${url.replace(/\/$/, '')}/live/live${token === undefined ? '' : `?token=${token}`}`
}

/** Without user, password, query and the name of the stream, which for many servers is the key: rtmp://host:port/app */
function addressOf(url: string): string {
  const { protocol, host } = new URL(url)
  const path = streamOf(url) === '' ? '/live' : new URL(url).pathname.replace(/\/[^/]*$/, '')
  return `${protocol}//${host}${path}`
}

function streamOf(url: string): string {
  const { pathname, search } = new URL(url)
  return pathname.replace(/^\/$/, '') + search
}
