import { type Frame, type Html, html, layout } from '@livepods/page'
import type { StreamName } from '../stream-name.ts'

/** One stream, in a player that begins by itself and comes back when the stream does. */
export function playerPage(frame: Frame, name: StreamName): Html {
  return layout(frame, {
    title: name,
    styles: ['live/live.css'],
    scripts: ['live/player.js'],
    body: html`<h1><bdi>${name}</bdi></h1>
<figure class="player"><video id="video" data-flv="/${name}.flv" controls muted playsinline aria-label="Live video of ${name}"></video></figure>
<p id="state" role="status">Connecting …</p>
<noscript><p>Playing live video needs JavaScript. A player such as VLC or mpv plays <code>/${name}.flv</code> without.</p></noscript>
<p class="muted">Played by <a href="https://github.com/xqq/mpegts.js">mpegts.js</a> (Apache License 2.0).</p>`,
  })
}
