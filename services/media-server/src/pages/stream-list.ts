import { chip, type Html, html } from '@livepods/page'
import { CODECS } from '../cmaf/codecs.ts'
import type { StreamReport } from '../hub/stream.ts'
import { isOfPictures, nameOfCodec } from './codec-name.ts'
import { streamFacts } from './stream-facts.ts'

/** What is on air, as a list of cards; its script puts it anew into the page. */
export function streamList(streams: StreamReport[]): Html {
  return html`<ul id="streams">${streams.length === 0 ? nothing() : streams.map(card)}</ul>`
}

function card(stream: StreamReport): Html {
  const { name, onAir } = stream
  const state = onAir
    ? chip({ word: 'on air', shape: 'dot', tone: 'good' })
    : chip({ word: 'interrupted', shape: 'ring', tone: 'warn' })
  return html`<li class="card stream" id="stream-${name}">${preview(stream)}
<h2><a href="/${name}"><bdi>${name}</bdi></a></h2>${state}
${streamFacts(stream)}</li>`
}

/** The newest picture lies over a sentence for those who cannot see it: browsers decode not every codec. */
function preview({ name, codecs }: StreamReport): Html {
  const codec = codecs.find(isOfPictures)
  const video = html`<video data-keep src="/${name}/snapshot.mp4" preload="auto" muted playsinline disablepictureinpicture tabindex="-1" aria-hidden="true"></video>`
  return html`<div class="preview"><p>${sentence(codecs, codec)}</p>${codec !== undefined && CODECS.has(codec) && video}</div>`
}

function sentence(codecs: string[], codec: string | undefined): string {
  if (codec !== undefined) return `No preview of ${nameOfCodec(codec)} here`
  return codecs.length > 0 ? 'Sound only' : 'Nothing to see yet'
}

function nothing(): Html {
  return html`<li class="card empty" id="nothing"><h2>Nothing is on air</h2>
<p>An encoder (OBS, ffmpeg) publishes with the server <code>rtmp://this host/live</code> and any stream key. This page shows it at once.</p></li>`
}
