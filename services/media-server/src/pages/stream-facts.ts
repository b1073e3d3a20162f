import { type Html, html, time } from '@livepods/page'
import type { StreamReport } from '../hub/stream.ts'
import { nameOfCodec } from './codec-name.ts'

/** A stream in numbers. */
export function streamFacts({ since, viewers, bitsPerSecond, codecs, width, height }: StreamReport): Html {
  const size = width && height ? `${width}\u00a0×\u00a0${height}` : ''
  const media = [codecs.map(nameOfCodec).join(' + '), size].filter(Boolean).join(', ')
  return html`<dl class="facts"><div><dt>Viewers</dt><dd>${viewers}</dd></div>
<div><dt>Bitrate</dt><dd>${formatRate(bitsPerSecond)}</dd></div>
<div><dt>Media</dt><dd>${media || 'unknown yet'}</dd></div>
<div><dt>Started</dt><dd>${time(since)}</dd></div></dl>`
}

/** Bits per second as people say them. */
function formatRate(bits: number): string {
  return bits < 1e6 ? `${Math.round(bits / 1000)} kbit/s` : `${(bits / 1e6).toFixed(1)} Mbit/s`
}
