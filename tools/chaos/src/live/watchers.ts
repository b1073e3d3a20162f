import { hash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { LiveOperation, Watch } from './evidence.ts'
import { FlvConnection } from './flv-connection.ts'
import { STREAM } from './targets.ts'
import { type Watcher, type Ways, WrongAnswerError } from './watcher.ts'

const LIST_EVERY_MS = 300

export const WATCHERS: Record<Watch, (ways: Ways) => Watcher> = {
  flv: ({ balanced, patienceMs }) => new FlvConnection(`${balanced}/${STREAM}.flv`, patienceMs),
  hls: (ways) => new Segments(ways, listHls),
  dash: (ways) => new Segments(ways, listDash),
  check: (ways) => new Checker(ways),
}

/** Segments of pictures by their numbers. */
type Listing = Map<number, string>
type List = (stream: Ways, next: number | undefined) => Promise<Listing>

/** Takes one segment after the other, each as soon as it is listed. */
class Segments implements Watcher {
  readonly #ways: Ways
  readonly #list: List
  #next: number | undefined
  #listing: Listing = new Map()
  #first = 0

  constructor(ways: Ways, list: List) {
    this.#ways = ways
    this.#list = list
  }

  async next(): Promise<LiveOperation['value']> {
    for (;;) {
      const uri = this.#next === undefined ? undefined : this.#listing.get(this.#next)
      if (uri !== undefined) return await this.#take(uri)
      await this.#look()
    }
  }

  async #look(): Promise<void> {
    const { patienceMs } = this.#ways
    const listing = await this.#list(this.#ways, this.#next)
    this.#listing = listing
    const numbers = [...listing.keys()]
    const [first = 0, last = first] = [numbers[0], numbers.at(-1)]
    if (numbers.length === 0) return await sleep(LIST_EVERY_MS)
    this.#next ??= last
    const next = this.#next
    if (first > next) {
      this.#next = first
      throw new WrongAnswerError('gap', `${next} is gone: the first one is ${first}`)
    }
    const before = this.#first
    this.#first = first
    // Who does not say what it has may be told by a replica that is behind by one.
    if (first < before - 1) throw new WrongAnswerError('back', `${first} is the first one after ${before}`)
    if (!listing.has(next)) await sleep(Math.min(LIST_EVERY_MS, patienceMs))
  }

  async #take(uri: string): Promise<LiveOperation['value']> {
    const { balanced, patienceMs } = this.#ways
    const listing = this.#listing
    // Unless it comes, it is looked for anew.
    this.#listing = new Map()
    const bytes = await getListed(`${balanced}/${STREAM}/${uri}`, patienceMs)
    this.#listing = listing
    const number = this.#next as number
    this.#next = number + 1
    return { number, digests: [digest(bytes)] }
  }

  [Symbol.dispose](): void {}
}

/** Asks one replica after the other what there is, and all of them for that. */
class Checker implements Watcher {
  readonly #ways: Ways
  #turn = 0
  #newest = 0

  constructor(ways: Ways) {
    this.#ways = ways
  }

  async next(): Promise<LiveOperation['value']> {
    const { replicas, patienceMs } = this.#ways
    for (;;) {
      const asked = replicas[this.#turn++ % replicas.length] as string
      const text = (await getListed(`${asked}/${STREAM}/video.m3u8`, patienceMs)).toString()
      const [number, uri] = [...readPlaylist(text)].at(-1) ?? []
      if (number === undefined || uri === undefined || number <= this.#newest) {
        await sleep(LIST_EVERY_MS)
        continue
      }
      this.#newest = number
      const bytes = await Promise.all(
        replicas.map(async (replica) => {
          try {
            return digest(await getListed(`${replica}/${STREAM}/${uri}`, patienceMs))
          } catch (error) {
            if (error instanceof WrongAnswerError) throw error
            return undefined
          }
        }),
      )
      return { number, digests: bytes.filter((one) => one !== undefined) }
    }
  }

  [Symbol.dispose](): void {}
}

const listHls: List = async ({ balanced, patienceMs }, next) => {
  const query = next === undefined ? '' : `?_HLS_msn=${next}`
  const text = await get(`${balanced}/${STREAM}/video.m3u8${query}`, patienceMs)
  return readPlaylist(text.toString())
}

const listDash: List = async ({ balanced, patienceMs }) => {
  const text = (await get(`${balanced}/${STREAM}/manifest.mpd`, patienceMs)).toString()
  const listing: Listing = new Map()
  for (const period of text.split('<Period ').slice(1)) {
    const set = period.split('<AdaptationSet ').find((one) => one.includes('contentType="video"')) ?? ''
    const attribute = (name: string) => new RegExp(` ${name}="([^"]+)"`).exec(set)?.[1] ?? ''
    const first = Number(attribute('startNumber'))
    const runs = [...set.matchAll(/<S [^>]*?(?: r="(\d+)")?\/>/g)].map(([, repeated = '0']) => Number(repeated) + 1)
    const count = runs.reduce((sum, run) => sum + run, 0)
    const media = attribute('media')
    for (let index = 0; index < count; index++)
      listing.set(first + index, media.replace('$Number$', String(first + index)))
  }
  return listing
}

function readPlaylist(text: string): Listing {
  const [, first = '0'] = /^#EXT-X-MEDIA-SEQUENCE:(\d+)$/m.exec(text) ?? []
  return new Map([...text.matchAll(/^#EXTINF:.*\n(.+)$/gm)].map(([, uri = ''], index) => [Number(first) + index, uri]))
}

/** What a playlist lists, or a playlist of what is on air. Rejects with WrongAnswerError when it is not there. */
async function getListed(url: string, patienceMs: number): Promise<Buffer> {
  try {
    return await get(url, patienceMs)
  } catch (error) {
    if (error instanceof AbsentError) throw new WrongAnswerError('absent', error.message)
    throw error
  }
}

class AbsentError extends Error {
  override readonly name = 'AbsentError'
}

async function get(url: string, patienceMs: number): Promise<Buffer> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(patienceMs) })
  const bytes = Buffer.from(await answer.arrayBuffer())
  if (answer.ok) return bytes
  const message = `${answer.status} ${url}: ${bytes}`
  throw answer.status === 404 || answer.status === 410 ? new AbsentError(message) : new Error(message)
}

function digest(bytes: Buffer): string {
  return hash('sha256', bytes).slice(0, 16)
}
