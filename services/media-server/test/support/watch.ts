import assert from 'node:assert/strict'
import { eventually } from '@livepods/testing'
import { FlvReader } from '../../src/flv/flv-reader.ts'
import type { Replica } from './cluster.ts'
import { readMediaPlaylist } from './playlist.ts'
import { RtmpPeer } from './rtmp-peer.ts'

/** As many messages as say that it goes on. */
const MESSAGES = 30

/** All ways to watch a stream; each resolves when the replica has sent some of it. */
export const WATCH: Record<string, (replica: Replica, name: string) => Promise<void>> = {
  hls: async ({ http }, name) => {
    const url = `${http}/${name}`
    assert.match(await textOf(`${url}/index.m3u8`), /^video\.m3u8$/m)
    const playlist = readMediaPlaylist(await textOf(`${url}/video.m3u8`))
    const { uri, map } = playlist.segments.findLast((segment) => segment.uri) ?? {}
    for (const listed of [uri, map, ...playlist.segments.flatMap(({ parts }) => parts.map((part) => part.uri))])
      if (listed) await takeListed(`${url}/${listed}`, async () => (await textOf(`${url}/video.m3u8`)).includes(listed))
  },
  dash: async ({ http }, name) => {
    const url = `${http}/${name}`
    const mpd = await textOf(`${url}/manifest.mpd`)
    const templates = [...mpd.matchAll(/startNumber="(\d+)".*?initialization="([^"]+)".*?media="([^"]+)"/g)]
    assert.ok(templates.length >= 2, mpd)
    for (const [, number = '', init = '', media = ''] of templates) {
      await bytesOf(`${url}/${init}`)
      const isListed = async () => (await textOf(`${url}/manifest.mpd`)).includes(`startNumber="${number}"`)
      await takeListed(`${url}/${media.replace('$Number$', number)}`, isListed)
    }
  },
  flv: async ({ http }, name) => {
    const leaving = new AbortController()
    const answer = await fetch(`${http}/${name}.flv`, { signal: leaving.signal })
    assert.equal(answer.status, 200)
    const reader = new FlvReader()
    let messages = 0
    for await (const piece of answer.body ?? []) {
      messages += [...reader.read(Buffer.from(piece))].length
      if (messages >= MESSAGES) break
    }
    leaving.abort()
    assert.ok(messages >= MESSAGES)
  },
  rtmp: async ({ rtmpPort }, name) => {
    const [app = '', key = ''] = name.split('/')
    using peer = await RtmpPeer.open(rtmpPort)
    assert.equal((await peer.play(key, app)).code, 'NetStream.Play.Start')
    await eventually(() => assert.ok(peer.media().length >= MESSAGES))
  },
}

/** Fetches what was listed; where much else goes on it may have left the window meanwhile, and then it is not listed any more. */
async function takeListed(url: string, isListed: () => Promise<boolean>): Promise<void> {
  try {
    await bytesOf(url)
  } catch (error) {
    if (await isListed()) throw error
  }
}

export interface FlvViewer extends AsyncDisposable {
  /** How many came. */
  messages: number
  isOver: boolean
}

/** Watches for as long as the test wants. @param url of the stream; @param query behind it */
export async function watchFlv(url: string, query = ''): Promise<FlvViewer> {
  const leaving = new AbortController()
  const answer = await fetch(`${url}.flv${query}`, { signal: leaving.signal })
  assert.equal(answer.status, 200)
  const reader = new FlvReader()
  const read = async () => {
    for await (const piece of answer.body ?? []) viewer.messages += [...reader.read(Buffer.from(piece))].length
  }
  const viewer: FlvViewer = {
    messages: 0,
    isOver: false,
    [Symbol.asyncDispose]: async () => {
      leaving.abort()
      await ended
    },
  }
  const ended = read()
    .catch(() => {})
    .finally(() => {
      viewer.isOver = true
    })
  return viewer
}

export async function textOf(url: string): Promise<string> {
  const answer = await fetch(url)
  const text = await answer.text()
  assert.equal(answer.status, 200, `${url}: ${text}`)
  return text
}

export async function bytesOf(url: string): Promise<Buffer> {
  const answer = await fetch(url)
  const bytes = Buffer.from(await answer.arrayBuffer())
  assert.equal(answer.status, 200, `${url}: ${bytes}`)
  assert.ok(bytes.length > 0, url)
  return bytes
}
