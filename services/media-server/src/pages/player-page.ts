import { chip, type Frame, type Html, html, layout } from '@livepods/page'
import type { StreamReport } from '../hub/stream.ts'
import type { Sample } from '../stream-history.ts'
import type { StreamName } from '../stream-name.ts'
import { streamFacts } from './stream-facts.ts'

interface Watched {
  name: StreamName
  /** Undefined: nobody publishes it now. */
  stream: StreamReport | undefined
  samples: readonly Sample[]
  /** Of the page's address. */
  query: URLSearchParams
}

/** What a stream can be watched by, as the page's address names it; the first one unless it does. */
const PROTOCOLS = {
  'll-hls': { title: 'LL-HLS', file: '/index.m3u8' },
  hls: { title: 'HLS', file: '/plain.m3u8' },
  dash: { title: 'DASH', file: '/manifest.mpd' },
  flv: { title: 'FLV', file: '.flv' },
} as const

type Protocol = keyof typeof PROTOCOLS

/** One stream, in a player that begins by itself and comes back when the stream does. */
export function playerPage(frame: Frame, { name, stream, samples, query }: Watched): Html {
  const wanted = query.get('via') ?? ''
  const via = (Object.hasOwn(PROTOCOLS, wanted) ? wanted : 'll-hls') as Protocol
  const token = query.get('token')
  const search = token === null ? '' : `?${new URLSearchParams({ token })}`
  const source = `/${name}${PROTOCOLS[via].file}${search}`
  return layout(frame, {
    title: name,
    styles: ['uPlot/uPlot.min.css', 'live/live.css'],
    scripts: ['live/player.js', 'live/figures.js'],
    body: html`<div class="head"><h1><bdi>${name}</bdi></h1>${protocols(via, token)}</div>
<div class="player"><video id="video" data-name="${name}" data-via="${via}" data-source="${source}" controls muted playsinline aria-label="Live video of ${name}"></video></div>
<div class="controls">
<p id="state">${STATES}<span id="sentence" role="status"></span></p>
<button id="sound" type="button" hidden>Sound on</button>
<button id="go-live" type="button" hidden>Go live</button>
</div>
<p id="latency" class="muted" hidden></p>
<noscript><p>This player needs JavaScript. A browser that plays HLS itself <a href="/${name}/plain.m3u8${search}">opens the playlist</a>.</p></noscript>
<div id="facts">${stream ? streamFacts(stream) : html`<p class="muted">Nobody publishes this stream now.</p>`}</div>
<div id="graphs" data-samples="${JSON.stringify(columns(samples))}" hidden>
<figure class="card" id="bitrate"><figcaption>Bitrate, last five minutes</figcaption></figure>
<figure class="card" id="viewers"><figcaption>Viewers, last five minutes</figcaption></figure>
</div>
<p class="muted">Other players (VLC, mpv, ffplay) open ${otherPlayers(name, search)}.</p>
<footer class="muted">Played by hls.js, dash.js and mpegts.js, drawn by uPlot: <a href="/licenses">licences</a>.</footer>`,
  })
}

/** One of them is shown. */
const STATES = html`<span data-state="connecting">${chip({ word: 'Connecting', shape: 'clock', tone: 'plain' })}</span>
<span data-state="live" hidden>${chip({ word: 'Live', shape: 'dot', tone: 'good' })}</span>
<span data-state="waiting" hidden>${chip({ word: 'Waiting', shape: 'half', tone: 'warn' })}</span>
<span data-state="paused" hidden>${chip({ word: 'Paused', shape: 'ring', tone: 'plain' })}</span>
<span data-state="offline" hidden>${chip({ word: 'Offline', shape: 'ring', tone: 'warn' })}</span>
<span data-state="failed" hidden>${chip({ word: 'Failed', shape: 'cross', tone: 'bad' })}</span>`

function protocols(via: Protocol, token: string | null): Html {
  const links = Object.entries(PROTOCOLS).map(([protocol, { title }]) => {
    const search = new URLSearchParams({ via: protocol, ...(token !== null && { token }) })
    return html`<li><a class="button" href="?${search}"${protocol === via && html` aria-current="true"`}>${title}</a></li>`
  })
  return html`<nav aria-label="Protocol"><ul class="protocols">${links}</ul></nav>`
}

function otherPlayers(name: StreamName, search: string): Html[] {
  const files = ['/index.m3u8', '/manifest.mpd', '.flv']
  return files.map((file, index) => {
    const between = index === 0 ? '' : index === files.length - 1 ? ' or ' : ', '
    return html`${between}<a href="/${name}${file}${search}">${`/${name}${file}`}</a>`
  })
}

/** As uPlot takes them: seconds since 1970, bits per second, viewers. */
function columns(samples: readonly Sample[]): number[][] {
  return [
    samples.map(({ at }) => at / 1000),
    samples.map(({ bitsPerSecond }) => bitsPerSecond),
    samples.map(({ viewers }) => viewers),
  ]
}
