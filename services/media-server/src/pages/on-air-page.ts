import { type Frame, type Html, html, layout } from '@livepods/page'
import type { StreamReport } from '../hub/stream.ts'
import { streamList } from './stream-list.ts'

/** What is on air. */
export function onAirPage(frame: Frame, streams: StreamReport[]): Html {
  return layout(frame, {
    title: 'On air',
    current: '/',
    styles: ['live/live.css'],
    scripts: ['live/on-air.js'],
    live: '/events',
    body: html`<h1>On air</h1>
${streamList(streams)}
<footer class="muted"><a href="/licenses">Licences</a></footer>`,
  })
}
