import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { describe, test } from 'node:test'
import { eventually } from '@livepods/testing'
import { Presentation } from '../src/cmaf/presentation.ts'
import { ServedSeconds } from '../src/delivery/served-seconds.ts'
import { deliveryServer } from './support/delivery-server.ts'
import { checkPlaylist, readMediaPlaylist } from './support/playlist.ts'
import { LivePresentation } from './support/presentation.ts'

/** A stream with whole segments and two parts of the next one, and its server. */
async function onAir(options: ConstructorParameters<typeof LivePresentation>[0] = {}) {
  const live = new LivePresentation(options)
  live.segments(5)
  live.open()
  live.part()
  live.part()
  const server = await deliveryServer(live.presentation)
  const get = (file: string, headers: Record<string, string> = {}, method = 'GET') =>
    fetch(`${server.url}/live/key/${file}`, {
      method,
      headers: { 'accept-encoding': 'identity', ...headers },
      redirect: 'manual',
    })
  return { live, server, get, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() }
}

const MEDIA_PLAYLISTS = ['video.m3u8', 'audio.m3u8', 'video-plain.m3u8', 'audio-plain.m3u8']
const MANIFESTS = ['index.m3u8', 'plain.m3u8', 'manifest.mpd', ...MEDIA_PLAYLISTS]
const IMMUTABLE = [
  'video-aaaa.mp4',
  'audio-aaaa.mp4',
  'video-100.m4s',
  'audio-104.m4s',
  'video-104.4.m4s',
  'audio-105.1.m4s',
]

describe('a file', () => {
  test('is what it is called, for pages of all sites, and kept where it never changes', async () => {
    await using stream = await onAir()
    for (const file of [...MANIFESTS, ...IMMUTABLE]) {
      const { status, headers } = await stream.get(file)
      assert.equal(status, 200, file)
      const type = file.endsWith('.mpd')
        ? 'application/dash+xml'
        : file.endsWith('.m3u8')
          ? 'application/vnd.apple.mpegurl'
          : `${file.slice(0, 5)}/mp4`
      assert.equal(headers.get('content-type'), type)
      assert.equal(headers.get('access-control-allow-origin'), '*')
      assert.equal(headers.get('cross-origin-resource-policy'), 'cross-origin')
      const isKept = headers.get('cache-control') === 'public, max-age=31536000, immutable'
      assert.equal(isKept, IMMUTABLE.includes(file), file)
      if (!isKept) assert.equal(headers.get('cache-control'), 'no-cache')
    }
    assert.deepEqual(stream.server.faults, [])
  })

  test('is not sent to who has it, and HEAD has its head alone', async () => {
    await using stream = await onAir()
    for (const file of [...MANIFESTS, ...IMMUTABLE]) {
      const { headers } = await stream.get(file)
      const etag = headers.get('etag') as string
      for (const tags of [etag, `"x", W/${etag}`, '*']) {
        const again = await stream.get(file, { 'if-none-match': tags })
        assert.deepEqual([again.status, await again.text()], [304, ''], file)
      }
      assert.equal((await stream.get(file, { 'if-none-match': '"x"' })).status, 200)
      const head = await stream.get(file, {}, 'HEAD')
      assert.equal(head.headers.get('content-length'), headers.get('content-length'))
      assert.equal(await head.text(), '')
    }
  })

  test('has another tag once it has changed', async () => {
    await using stream = await onAir()
    const tagOf = async (file: string) => (await stream.get(file)).headers.get('etag')
    const before = await Promise.all(MANIFESTS.map(tagOf))
    stream.live.part()
    stream.live.close()
    const after = await Promise.all(MANIFESTS.map(tagOf))
    for (const file of ['manifest.mpd', ...MEDIA_PLAYLISTS]) {
      const index = MANIFESTS.indexOf(file)
      assert.notEqual(after[index], before[index], file)
    }
  })

  test('is compressed for who can read that, when it is large and no token is in it', async () => {
    await using stream = await onAir()
    const plain = await stream.get('video.m3u8')
    const gzip = { 'accept-encoding': 'gzip' }
    const packed = await stream.get('video.m3u8', gzip)
    assert.equal(packed.headers.get('content-encoding'), 'gzip')
    assert.equal(packed.headers.get('vary'), 'accept-encoding')
    assert.ok(Number(packed.headers.get('content-length')) < Number(plain.headers.get('content-length')) / 2)
    assert.notEqual(packed.headers.get('etag'), plain.headers.get('etag'))
    assert.equal(await packed.text(), await plain.text())
    for (const file of ['index.m3u8', 'video-100.m4s', 'video.m3u8?token=aaaaaaaaaaaaaaaa'])
      assert.equal((await stream.get(file, gzip)).headers.get('content-encoding'), null, file)
  })

  test('is sent in part to who asks for one range of it', async () => {
    await using stream = await onAir()
    const whole = Buffer.from(await (await stream.get('video-100.m4s')).arrayBuffer())
    assert.equal(whole.length, 5000)
    for (const [range, from, to] of [
      ['bytes=0-0', 0, 1],
      ['bytes=10-2999', 10, 3000],
      ['bytes=999-1000', 999, 1001],
      ['bytes=4000-', 4000, 5000],
      ['bytes=4999-999999', 4999, 5000],
      ['bytes=-1500', 3500, 5000],
      ['bytes=-999999', 0, 5000],
    ] as const) {
      const answer = await stream.get('video-100.m4s', { range })
      assert.equal(answer.status, 206, range)
      assert.equal(answer.headers.get('content-range'), `bytes ${from}-${to - 1}/5000`)
      assert.deepEqual(Buffer.from(await answer.arrayBuffer()), whole.subarray(from, to))
    }
    for (const range of ['bytes=5000-', 'bytes=-0']) {
      const answer = await stream.get('video-100.m4s', { range })
      assert.deepEqual([answer.status, answer.headers.get('content-range')], [416, 'bytes */5000'], range)
    }
    for (const range of ['bytes=1-2,5-6', 'bytes=5-1', 'bytes=', 'bytes=-', 'lines=1-2', 'bytes=a-b'])
      assert.equal((await stream.get('video-100.m4s', { range })).status, 200, range)
    assert.equal((await stream.get('video-100.m4s', { range: 'bytes=0-1', 'if-range': '"other"' })).status, 200)
  })

  test('is asked for with GET, and a page may ask whether it may', async () => {
    await using stream = await onAir()
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH']) {
      const answer = await stream.get('index.m3u8', {}, method)
      assert.deepEqual([answer.status, answer.headers.get('allow')], [405, 'GET, HEAD, OPTIONS'])
    }
    const preflight = await stream.get('index.m3u8', {}, 'OPTIONS')
    assert.equal(preflight.status, 204)
    assert.match(preflight.headers.get('access-control-allow-headers') ?? '', /authorization.*range/)
  })

  test('of a stream that nobody publishes is 404, and so is what is not there', async () => {
    await using stream = await onAir()
    for (const path of MANIFESTS.map((file) => `/live/other/${file}`))
      assert.equal((await fetch(`${stream.server.url}${path}`)).status, 404, path)
    for (const file of [
      'video-99.m4s',
      'video-107.m4s',
      'video-104.5.m4s',
      'video-105.4.m4s',
      'video-106.0.m4s',
      'video-bbbb.mp4',
    ]) {
      const answer = await stream.get(file)
      assert.deepEqual([answer.status, answer.headers.get('content-type')], [404, 'application/problem+json'], file)
    }
  })

  test('that is none of ours is left to others', async () => {
    await using stream = await onAir()
    for (const path of [
      '/',
      '/live/key',
      '/live/key/other.m3u8',
      '/live/key/data-1.m4s',
      '/live/key/video-1.2.3.m4s',
      '/live/key/video-.m4s',
      '/live/key/video-1234567890123456.m4s',
      '/live/key/__proto__',
      '/live/key/constructor',
      '/video.m3u8',
      '/live//video.m3u8/',
      '/live/%2e%2e/video.m3u8',
      '/a/b/c/d/e/video.m3u8',
    ]) {
      const answer = await fetch(`${stream.server.url}${path}`)
      assert.equal(answer.headers.get('x-answered-by'), 'fastify', path)
    }
  })

  test('has the names that other servers give it', async () => {
    await using stream = await onAir()
    assert.equal(await (await stream.get('key.m3u8')).text(), await (await stream.get('index.m3u8')).text())
    for (const [alias, file] of [
      ['/hls/key.m3u8?a=b', 'index.m3u8'],
      ['/dash/key.mpd', 'manifest.mpd'],
    ] as const) {
      const answer = await fetch(`${stream.server.url}${alias}`)
      assert.equal(new URL(answer.url).pathname, `/live/key/${file}`)
      assert.equal(answer.status, 200)
    }
    const moved = await fetch(`${stream.server.url}/hls/key.m3u8?token=a%2Fb`, { redirect: 'manual' })
    assert.equal(moved.headers.get('location'), '../live/key/index.m3u8?token=a%2Fb')
  })
})

test('a token is repeated in every URI, as a query has it', async () => {
  await using stream = await onAir()
  const queries = ['abcdefghijklmnop+/==', '"&<p>'].map((token) => `?token=${encodeURIComponent(token)}`)
  for (const [query, file] of queries.flatMap((each) => MANIFESTS.map((name) => [each, name] as const))) {
    const text = await (await stream.get(`${file}${query}`)).text()
    const uris = [
      ...text.matchAll(
        /^[^#\n].*\.(?:m3u8|m4s)\S*$|URI="([^"]+)"|(?:initialization|media)="([^"]+)"|value="(time[^"]*)"/gm,
      ),
    ].map(([whole, ...groups]) => groups.find((group) => group !== undefined) ?? whole)
    assert.ok(uris.length >= 2, file)
    for (const uri of uris) assert.ok(uri.endsWith(query), uri)
    assert.equal(text.replaceAll(query, ''), await (await stream.get(file)).text())
  }
  for (const odd of ['', '%00', `${'a'.repeat(16)}%0a#EXT`, 'a'.repeat(513)])
    assert.equal(
      await (await stream.get(`video.m3u8?token=${odd}`)).text(),
      await (await stream.get('video.m3u8')).text(),
    )
})

test('the time is told as ISO 8601 has it, to everybody', async () => {
  await using stream = await onAir()
  const answer = await fetch(`${stream.server.url}/no/body/time.txt`)
  const text = await answer.text()
  assert.equal(new Date(text).toISOString(), text)
  assert.equal(answer.headers.get('cache-control'), 'no-store')
  // That is the page of another stream.
  assert.equal((await stream.get('time')).headers.get('x-answered-by'), 'fastify')
})

/** Nobody loses patience in a test: parts last 200 seconds. */
const PATIENT = { partSeconds: 200, window: { seconds: 1e6, bytes: 1e9 } }

describe('a request for what is announced', () => {
  test('is answered when the part is there', async () => {
    await using stream = await onAir(PATIENT)
    const [hint] = readMediaPlaylist(await (await stream.get('video.m3u8')).text()).hints
    assert.equal(hint, 'video-105.2.m4s')
    const answer = stream.get(hint)
    await blocked(stream, 1)
    stream.live.part()
    assert.match(await (await answer).text(), /^video 105\.2/)
  })

  test('is answered when the segment is whole', async () => {
    await using stream = await onAir(PATIENT)
    const answer = stream.get('audio-105.m4s')
    await blocked(stream, 1)
    stream.live.part()
    stream.live.close()
    assert.equal((await (await answer).arrayBuffer()).byteLength, 300)
  })

  test('is 404 when the segment ends without the part', async () => {
    await using stream = await onAir(PATIENT)
    const answer = stream.get('video-105.2.m4s')
    await blocked(stream, 1)
    stream.live.close()
    assert.equal((await answer).status, 404)
  })
})

describe('a blocked reload', () => {
  test('is answered once the playlist has the part, or the segment', async () => {
    await using stream = await onAir(PATIENT)
    const part = stream.get('video.m3u8?_HLS_msn=105&_HLS_part=2')
    const segment = stream.get('audio.m3u8?_HLS_msn=105')
    const next = stream.get('video.m3u8?_HLS_msn=105&_HLS_part=3')
    await blocked(stream, 3)
    stream.live.part()
    assert.deepEqual(readMediaPlaylist(await (await part).text()).segments.at(-1)?.parts.length, 3)
    stream.live.close()
    assert.equal(readMediaPlaylist(await (await segment).text()).segments.at(-1)?.uri, 'audio-105.m4s')
    // A part behind the last one of its segment is the first one of the next.
    await blocked(stream, 1)
    stream.live.open()
    stream.live.part()
    assert.equal(readMediaPlaylist(await (await next).text()).segments.at(-1)?.number, 106)
  })

  test('is answered at once where the playlist has it already', async () => {
    await using stream = await onAir(PATIENT)
    for (const query of [
      '_HLS_msn=105&_HLS_part=1',
      '_HLS_msn=104',
      '_HLS_msn=104&_HLS_part=5',
      '_HLS_msn=3&_HLS_part=9',
    ])
      checkPlaylist(readMediaPlaylist(await (await stream.get(`video.m3u8?${query}`)).text()))
  })

  test('is answered with what there is when a publisher is silent for longer than hls.js waits', async () => {
    await using stream = await onAir()
    const before = await (await stream.get('video.m3u8')).text()
    const answer = await stream.get('video.m3u8?_HLS_msn=105&_HLS_part=2')
    assert.deepEqual([answer.status, await answer.text()], [200, before])
  })

  test('has the delta update that is asked for', async () => {
    await using stream = await onAir(PATIENT)
    stream.live.close()
    stream.live.segments(5)
    const answer = await stream.get('video.m3u8?_HLS_msn=110&_HLS_skip=YES')
    const { skipped, segments } = readMediaPlaylist(await answer.text())
    assert.equal(skipped + segments.length, 11)
    assert.ok(skipped >= 4)
  })

  test('ends with the stream', async () => {
    await using stream = await onAir(PATIENT)
    const answer = stream.get('video.m3u8?_HLS_msn=106&_HLS_part=2')
    await blocked(stream, 1)
    stream.live.close()
    stream.live.end()
    assert.match(await (await answer).text(), /#EXT-X-ENDLIST/)
    assert.match(await (await stream.get('video.m3u8?_HLS_msn=999')).text(), /#EXT-X-ENDLIST/)
  })

  test('is 400 where nobody who knows the playlist would ask so', async () => {
    await using stream = await onAir()
    for (const query of [
      '_HLS_msn=107',
      '_HLS_msn=107&_HLS_part=0',
      '_HLS_msn=105&_HLS_part=17',
      '_HLS_part=1',
      '_HLS_msn=-1',
      '_HLS_msn=',
      '_HLS_msn=1e3',
      '_HLS_msn=105&_HLS_part=x',
      '_HLS_msn=1234567890123456',
    ])
      assert.equal((await stream.get(`video.m3u8?${query}`)).status, 400, query)
    assert.equal((await stream.get('video-plain.m3u8?_HLS_msn=106')).status, 200)
  })
})

describe('a stream that has just begun', () => {
  test('is answered with its first part, and without low latency with its first segment, of both tracks', async () => {
    const live = new LivePresentation()
    await using server = await deliveryServer(live.presentation)
    const get = async (file: string) => await (await fetch(`${server.url}/live/key/${file}`)).text()
    const files = ['index.m3u8', 'video.m3u8', 'plain.m3u8', 'audio-plain.m3u8', 'manifest.mpd']
    const answers = files.map(get)
    await blocked({ server }, files.length)
    live.open()
    live.part()
    assert.match((await answers[0]) as string, /video\.m3u8/)
    assert.match((await answers[1]) as string, /video-100\.0\.m4s/)
    await blocked({ server }, 3)
    live.close()
    assert.match((await answers[2]) as string, /video-plain\.m3u8/)
    assert.match((await answers[3]) as string, /audio-100\.m4s/)
    assert.match((await answers[4]) as string, /<S t="0" d="18000"\/>/)
  })

  test('and has nothing yet when the server stops is 503 with a time to try again', async () => {
    const live = new LivePresentation()
    await using server = await deliveryServer(live.presentation)
    const answer = fetch(`${server.url}/live/key/index.m3u8`)
    await blocked({ server }, 1)
    server.drain()
    const { status, headers } = await answer
    assert.deepEqual([status, headers.get('retry-after')], [503, '1'])
  })

  test('has no playlist of a track that it has not, and no picture of none', async () => {
    await using stream = await onAir({ kinds: ['audio'] })
    assert.equal((await stream.get('snapshot.mp4')).status, 404)
    assert.equal((await stream.get('video.m3u8')).status, 404)
    assert.equal((await stream.get('audio.m3u8')).status, 200)
  })
})

describe('an MPD of a stream that somebody publishes once more', () => {
  test('is answered when there is something to begin with, and not before: dash.js would wait in the gap', async () => {
    await using stream = await onAir()
    stream.live.close()
    stream.live.presentation.apply({ type: 'begin' })
    const answer = stream.get('manifest.mpd')
    await blocked(stream, 1)
    stream.live.configure('bbbb')
    stream.live.segments(1)
    assert.match(await (await answer).text(), /<Period id="8".*<Period id="9"/s)
  })

  test('nor while the clock leads players to a time before that', async () => {
    await using stream = await onAir()
    stream.live.close()
    stream.live.presentation.apply({ type: 'begin' })
    // It will be some time until this is on air.
    stream.live.pause(1e9)
    stream.live.configure('bbbb')
    const answer = stream.get('manifest.mpd')
    await blocked(stream, 1)
    stream.live.segments(1)
    await blocked(stream, 1)
    stream.live.end()
    assert.equal((await answer).status, 200)
  })
})

describe('a codec that cannot be packaged', () => {
  test('is named with 415 where there is nothing else', async () => {
    const presentation = new Presentation({ seconds: 20, bytes: 1e6 })
    presentation.apply({ type: 'unsupported', kind: 'audio', codec: 'ac-3' })
    presentation.apply({ type: 'unsupported', kind: 'video', codec: 'flv1' })
    await using server = await deliveryServer(presentation)
    for (const file of ['index.m3u8', 'plain.m3u8', 'manifest.mpd']) {
      const answer = await fetch(`${server.url}/live/key/${file}`)
      assert.equal(answer.status, 415)
      assert.match(((await answer.json()) as { detail: string }).detail, /cannot carry ac-3 and flv1/)
    }
  })

  test('is left out where the other track can be', async () => {
    await using stream = await onAir({ kinds: ['video'] })
    stream.live.presentation.apply({ type: 'unsupported', kind: 'audio', codec: 'ac-3' })
    assert.match(await (await stream.get('index.m3u8')).text(), /CODECS="avc1\.64001f",/)
    assert.doesNotMatch(await (await stream.get('manifest.mpd')).text(), /audio/)
    assert.equal((await stream.get('audio.m3u8')).status, 404)
  })
})

test('viewers are counted by the seconds of pictures, or of sound alone, that they are sent', async () => {
  for (const kinds of [['video', 'audio'], ['audio']] as const) {
    await using stream = await onAir({ kinds: [...kinds] })
    const [main] = kinds
    const before = await stream.server.servedSeconds()
    for (const file of [`${main}-100.m4s`, `${main}-101.m4s`, `${main}-104.0.m4s`, 'audio-aaaa.mp4', 'index.m3u8'])
      await (await stream.get(file)).arrayBuffer()
    if (main === 'video') await (await stream.get('audio-100.m4s')).arrayBuffer()
    await (await stream.get(`${main}-100.m4s`, { range: 'bytes=0-49' })).arrayBuffer()
    await stream.get(`${main}-100.m4s`, {}, 'HEAD')
    const seconds = (await stream.server.servedSeconds()) - before
    assert.ok(Math.abs(seconds - 2.2 - (main === 'video' ? 0.01 : 0.1)) < 1e-9, String(seconds))
  }
  const served = new ServedSeconds()
  for (let now = 0; now < 60_000; now += 200) {
    for (let viewer = 0; viewer < 7; viewer++) served.add(0.2, now)
    if (now >= 10_000) assert.equal(served.count(now), 7)
  }
  assert.equal(served.count(80_000), 0)
})

describe('a server that is asked to stop', () => {
  test('answers what is blocked at once, with what there is', async () => {
    await using stream = await onAir(PATIENT)
    const answers = Array.from({ length: 100 }, () => stream.get('video.m3u8?_HLS_msn=106'))
    await blocked(stream, 100)
    stream.server.drain()
    for (const { status, headers } of await Promise.all(answers))
      assert.deepEqual([status, headers.get('connection')], [200, 'close'])
    assert.equal((await stream.get('video-105.2.m4s')).status, 404)
    await blocked(stream, 0)
  })
})

test('who reads nothing holds up nobody, and costs no memory of its own', async () => {
  await using stream = await onAir()
  stream.live.close()
  stream.live.open()
  for (let part = 0; part < 5; part++) stream.live.part(0.2, 1_000_000)
  stream.live.close()
  const { number } = stream.live
  const { port } = new URL(stream.server.url)
  const get = `GET /live/key/video-${number - 1}.m4s HTTP/1.1\r\nHost: x\r\n\r\n`
  const before = process.memoryUsage().arrayBuffers
  const sockets = Array.from({ length: 50 }, () => connect(Number(port), '127.0.0.1').pause())
  for (const socket of sockets) socket.write(get.repeat(20))
  await Promise.all(sockets.map((socket) => once(socket, 'readable')))
  assert.equal((await (await stream.get(`video-${number - 1}.m4s`)).arrayBuffer()).byteLength, 5_000_000)
  // One copy for each of them were 250 MB.
  assert.ok(process.memoryUsage().arrayBuffers - before < 50e6)
  for (const socket of sockets) socket.destroy()
  assert.deepEqual(stream.server.faults, [])
})

/** Resolves when so many requests wait. */
async function blocked({ server }: { server: { blocked(): Promise<number> } }, count: number): Promise<void> {
  await eventually(async () => assert.equal(await server.blocked(), count))
}
