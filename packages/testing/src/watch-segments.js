// @ts-check
// What players fetch of a live stream of H.264 and AAC. It imports nothing: the test of the cluster sends its text to a pod.

const WITHIN_MS = 60_000
const ASK_AGAIN_AFTER_MS = 200

/**
 * @typedef {object} Wanted
 * @property {string} [token] of who may watch
 * @property {number} [count] segments to fetch one after the other, of pictures and of sound
 */
/**
 * @typedef {object} Listing
 * @property {string} init
 * @property {number} first number of the first segment
 * @property {string[]} segments
 */

/**
 * Watches a stream by HLS: the multivariant playlist, media playlists that are asked for again, init segments, segments. Rejects with what
 * is not as it should be, also when no segment comes for a minute.
 *
 * @param {string} stream http://host:port/app/key
 * @param {Wanted & { plain?: boolean }} [wanted] plain: without low latency
 * @returns {Promise<number[]>} the numbers of the segments
 */
export async function watchHls(stream, { plain = false, ...wanted } = {}) {
  const fetcher = fetcherOf(stream, wanted)
  const main = await fetcher.text(plain ? 'plain.m3u8' : 'index.m3u8')
  const [, attributes = '', pictures] = /^#EXT-X-STREAM-INF:(.*)\n(.+)$/m.exec(main) ?? []
  const [, sound] = /^#EXT-X-MEDIA:TYPE=AUDIO,.*URI="([^"]+)"/m.exec(main) ?? []
  if (!pictures || !sound || !/CODECS="avc1\.\w+,mp4a\.[\d.]+"/.test(attributes))
    throw wrong('multivariant playlist', main)
  return await followBoth([pictures, sound], wanted, fetcher, async (playlist, next) => {
    const query = plain || next === undefined ? '' : `?_HLS_msn=${next}`
    const text = await fetcher.text(`${playlist}${query}`)
    const [, first] = /^#EXT-X-MEDIA-SEQUENCE:(\d+)$/m.exec(text) ?? []
    const [, init] = /^#EXT-X-MAP:URI="([^"]+)"$/m.exec(text) ?? []
    if (!text.startsWith('#EXTM3U\n') || !first || !init) throw wrong('media playlist', text)
    const segments = [...text.matchAll(/^#EXTINF:.*\n(.+)$/gm)].map(([, uri = '']) => uri)
    return { init, first: Number(first), segments }
  })
}

/**
 * The same by DASH: the MPD, which is asked for again, init segments, segments.
 *
 * @param {string} stream
 * @param {Wanted} [wanted]
 * @returns {Promise<number[]>}
 */
export async function watchDash(stream, wanted = {}) {
  const fetcher = fetcherOf(stream, wanted)
  return await followBoth(['video', 'audio'], wanted, fetcher, async (kind) => {
    const text = await fetcher.text('manifest.mpd')
    const period = text.slice(text.lastIndexOf('<Period '))
    const set = period.split('<AdaptationSet ').find((one) => one.includes(`contentType="${kind}"`)) ?? ''
    const attribute = (/** @type {string} */ name) => new RegExp(` ${name}="([^"]+)"`).exec(set)?.[1]
    const [init, media, first] = ['initialization', 'media', 'startNumber'].map(attribute)
    if (!text.includes('type="dynamic"') || !init || !media || !first) throw wrong('MPD', text)
    const runs = [...set.matchAll(/<S [^>]*?(?: r="(\d+)")?\/>/g)].map(([, repeated = '0']) => Number(repeated) + 1)
    const count = runs.reduce((sum, run) => sum + run, 0)
    const segments = Array.from({ length: count }, (_, index) => media.replace('$Number$', `${Number(first) + index}`))
    return { init, first: Number(first), segments }
  })
}

/**
 * @param {[pictures: string, sound: string]} tracks
 * @param {Wanted} wanted
 * @param {ReturnType<typeof fetcherOf>} fetcher
 * @param {(track: string, next: number | undefined) => Promise<Listing>} list next: the number that the listing should have
 */
async function followBoth(tracks, { count = 3 }, fetcher, list) {
  const [pictures] = await Promise.all(tracks.map((track) => follow((next) => list(track, next), count, fetcher)))
  return /** @type {number[]} */ (pictures)
}

/**
 * @param {(next: number | undefined) => Promise<Listing>} list
 * @param {number} count
 * @param {ReturnType<typeof fetcherOf>} fetcher
 * @returns {Promise<number[]>}
 */
async function follow(list, count, fetcher) {
  /** @type {number[]} */
  const numbers = []
  let time = -1
  for (let next; numbers.length < count; ) {
    const { init, first, segments } = await list(next)
    next ??= first + segments.length - 1
    const uri = segments[next - first]
    if (next < first && segments.length > 0) throw new Error(`Segment ${next} is gone: the first one is ${first}.`)
    if (!uri) {
      await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_AFTER_MS))
      if (segments.length === 0) next = undefined
      continue
    }
    if (numbers.length === 0) await fetcher.boxes(init, ['ftyp', 'moov'])
    const bytes = await fetcher.boxes(uri, ['moof', 'mdat'])
    const decodedAt = decodeTime(bytes)
    if (decodedAt <= time) throw new Error(`${uri} begins at ${decodedAt}, the segment before it at ${time}.`)
    time = decodedAt
    numbers.push(next++)
  }
  return numbers
}

/**
 * @param {string} stream
 * @param {Wanted} wanted
 */
function fetcherOf(stream, { token }) {
  const signal = AbortSignal.timeout(WITHIN_MS)
  const headers = token ? { authorization: `Bearer ${token}` } : undefined
  const get = async (/** @type {string} */ file) => {
    const answer = await fetch(new URL(file, `${stream}/`), { signal, ...(headers && { headers }) })
    if (!answer.ok) throw new Error(`${file}: ${answer.status}, ${await answer.text()}`)
    return answer
  }
  return {
    text: async (/** @type {string} */ file) => await (await get(file)).text(),
    /** Fetches a file that begins with these boxes (ISO/IEC 14496-12). @param {string} file @param {string[]} types */
    boxes: async (file, types) => {
      const bytes = new DataView(await (await get(file)).arrayBuffer())
      const found = boxTypes(bytes)
      if (types.some((type, index) => found[index] !== type))
        throw new Error(`${file} has the boxes ${found.join(', ')}.`)
      return bytes
    },
  }
}

/** The types of the boxes on top. @param {DataView} bytes */
function boxTypes(bytes) {
  const types = []
  for (let at = 0; at + 8 <= bytes.byteLength; at += Math.max(8, bytes.getUint32(at))) types.push(typeAt(bytes, at))
  return types
}

/** When the first sample is decoded, as the first `tfdt` says. @param {DataView} bytes @returns {number} */
function decodeTime(bytes) {
  for (let at = 0; at + 20 <= bytes.byteLength; at++)
    if (typeAt(bytes, at) === 'tfdt')
      return bytes.getUint8(at + 8) === 1 ? Number(bytes.getBigUint64(at + 12)) : bytes.getUint32(at + 12)
  throw new Error('A segment says nowhere when it is decoded.')
}

/** @param {DataView} bytes @param {number} at of a box */
function typeAt(bytes, at) {
  return String.fromCharCode(...[4, 5, 6, 7].map((index) => bytes.getUint8(at + index)))
}

/** @param {string} what @param {string} text */
function wrong(what, text) {
  return new Error(`This is no ${what} of a live stream of H.264 and AAC: ${text}`)
}
