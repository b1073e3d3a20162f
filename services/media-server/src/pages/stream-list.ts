import { chip, type Html, html, time } from '@livepods/page'
import type { StreamReport } from '../hub/stream.ts'
import { nameOfCodec } from './codec-name.ts'

/** What is on air, as a list of cards; its script puts it anew into the page. */
export function streamList(streams: StreamReport[]): Html {
  return html`<ul id="streams">${streams.length === 0 ? nothing() : streams.map(card)}</ul>`
}

function card({ name, onAir, since, viewers, bitsPerSecond, codecs, width, height }: StreamReport): Html {
  const state = onAir
    ? chip({ word: 'on air', shape: 'dot', tone: 'good' })
    : chip({ word: 'interrupted', shape: 'ring', tone: 'warn' })
  const size = width && height ? `${width}\u00a0×\u00a0${height}` : ''
  const media = [codecs.map(nameOfCodec).join(' + '), size].filter(Boolean).join(', ')
  return html`<li class="card stream" id="stream-${name}"><h2><a href="/${name}"><bdi>${name}</bdi></a></h2>${state}
<dl><div><dt>Viewers</dt><dd>${viewers}</dd></div>
<div><dt>Rate</dt><dd>${formatRate(bitsPerSecond)}</dd></div>
<div><dt>Media</dt><dd>${media || 'unknown yet'}</dd></div>
<div><dt>Started</dt><dd>${time(since)}</dd></div></dl></li>`
}

function nothing(): Html {
  return html`<li class="card empty" id="nothing"><h2>Nothing is on air</h2>
<p>An encoder (OBS, ffmpeg) publishes with the server <code>rtmp://this host/live</code> and any stream key. This page shows it at once.</p></li>`
}

/** Bits per second as people say them. */
export function formatRate(bits: number): string {
  return bits < 1e6 ? `${Math.round(bits / 1000)} kbit/s` : `${(bits / 1e6).toFixed(1)} Mbit/s`
}
