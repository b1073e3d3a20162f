import { setTimeout as sleep } from 'node:timers/promises'
import { type MediaPlaylist, readMediaPlaylist } from './playlist.ts'

const ASK_EVERY_MS = 100

/** Players of HLS behind a load balancer, which ask another replica each time, and the segments of all of them. */
export class RoundRobin {
  readonly faults: string[] = []
  /** Every number that was listed, in its order. */
  readonly numbers: number[] = []
  requests = 0
  /** How often a player that does not say what it has saw the playlist go back. */
  wentBack = 0
  readonly #urls: () => string[]
  readonly #stopping = new AbortController()
  #turn = 0
  #running: Promise<unknown> | undefined

  /** @param urls of the stream at the replicas that are asked now */
  constructor(urls: () => string[]) {
    this.#urls = urls
  }

  start(): void {
    this.#running = Promise.all([this.#poll(), this.#block()])
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#running
  }

  get newest(): number {
    return this.numbers.at(-1) ?? 0
  }

  /** Asks for playlists as they are, and for each segment at every replica. */
  async #poll(): Promise<void> {
    let first = 0
    while (!this.#stopping.signal.aborted) {
      const playlist = await this.#playlist('video.m3u8')
      if (playlist) {
        const begins = playlist.segments[0]?.number ?? 0
        if (begins < first) this.wentBack++
        if (begins < first - 1) this.#fault(`MEDIA-SEQUENCE went back from ${first} to ${begins}`)
        first = Math.max(first, begins)
        for (const { number, uri } of playlist.segments) if (uri && number > this.newest) await this.#take(number, uri)
      }
      await sleep(ASK_EVERY_MS)
    }
  }

  /** Asks for the playlist that has the next segment. */
  async #block(): Promise<void> {
    let first = 0
    let last: number | undefined
    while (!this.#stopping.signal.aborted) {
      const playlist = await this.#playlist(last === undefined ? 'video.m3u8' : `video.m3u8?_HLS_msn=${last + 1}`)
      if (!playlist) continue
      const begins = playlist.segments[0]?.number ?? 0
      if (begins < first) this.#fault(`MEDIA-SEQUENCE went back from ${first} to ${begins} in spite of _HLS_msn`)
      first = begins
      last = playlist.segments.findLast(({ uri }) => uri)?.number ?? last
    }
  }

  async #take(number: number, uri: string): Promise<void> {
    if (this.numbers.length > 0 && number !== this.newest + 1) this.#fault(`${number} came after ${this.newest}`)
    this.numbers.push(number)
    const sizes = await Promise.all(this.#urls().map(async (url) => (await this.#get(`${url}/${uri}`))?.length))
    if (new Set(sizes.filter((size) => size !== undefined)).size > 1)
      this.#fault(`segment ${number} has ${sizes} bytes`)
  }

  async #playlist(file: string): Promise<MediaPlaylist | undefined> {
    const urls = this.#urls()
    const bytes = await this.#get(`${urls[this.#turn++ % urls.length]}/${file}`)
    return bytes && readMediaPlaylist(bytes.toString())
  }

  /** What a replica answers; undefined when it fails, which is a fault unless it is not asked any more. */
  async #get(url: string): Promise<Buffer | undefined> {
    this.requests++
    try {
      const answer = await fetch(url, { signal: AbortSignal.timeout(30_000) })
      const bytes = Buffer.from(await answer.arrayBuffer())
      if (answer.status === 200) return bytes
      this.#fault(`${answer.status} ${url}: ${bytes}`)
    } catch (error) {
      if (this.#urls().some((asked) => url.startsWith(asked))) this.#fault(`${url}: ${error}`)
    }
    return undefined
  }

  #fault(text: string): void {
    this.faults.push(`${new Date().toISOString()} ${text}`)
  }
}
