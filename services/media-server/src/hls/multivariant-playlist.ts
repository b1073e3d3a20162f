import { bitratesOf, frameRateOf } from '../cmaf/measure.ts'
import type { Track } from '../cmaf/presentation.ts'
import { QUERY } from '../delivery/query-slot.ts'

/**
 * Multivariant Playlist (RFC 8216bis 4.4.6): pictures with sound beside them, or one of the two.
 * @param plain of the playlists without low latency
 */
export function multivariantPlaylist(tracks: readonly Track[], plain: boolean): string {
  const video = tracks.find(({ description }) => description.kind === 'video')
  const audio = tracks.find(({ description }) => description.kind === 'audio')
  const main = video ?? audio
  if (!main) throw new Error('A playlist needs a track.')
  const suffix = `${plain ? '-plain' : ''}.m3u8${QUERY}`
  const rates = tracks.map(({ window }) => bitratesOf(window))
  const attributes = [
    `BANDWIDTH=${rates.reduce((sum, { peak }) => sum + peak, 0)}`,
    `AVERAGE-BANDWIDTH=${rates.reduce((sum, { average }) => sum + average, 0)}`,
    `CODECS="${tracks.map(({ description }) => description.codec).join()}"`,
    ...(video ? pictureAttributes(video) : []),
    ...(video && audio ? ['AUDIO="audio"'] : []),
  ]
  return [
    '#EXTM3U',
    '#EXT-X-VERSION:6',
    ...(video && audio ? [audioRendition(audio, `audio${suffix}`)] : []),
    `#EXT-X-STREAM-INF:${attributes}`,
    `${main.description.kind}${suffix}`,
    '',
  ].join('\n')
}

function audioRendition({ description: { channels = 2 } }: Track, uri: string): string {
  return `#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="Audio",DEFAULT=YES,AUTOSELECT=YES,CHANNELS="${channels}",URI="${uri}"`
}

function pictureAttributes({ description: { width, height }, window }: Track): string[] {
  return [...(width && height ? [`RESOLUTION=${width}x${height}`] : []), `FRAME-RATE=${frameRateOf(window).toFixed(3)}`]
}
