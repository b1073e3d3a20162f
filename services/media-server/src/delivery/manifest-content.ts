import type { IncomingMessage } from 'node:http'
import { ProblemError } from '@livepods/http'
import type { Presentation, Track, TrackKind } from '../cmaf/presentation.ts'
import { mpd, presentationDelay } from '../dash/mpd.ts'
import { parseDirectives, patienceMs, tooFarAhead } from '../hls/blocked-reload.ts'
import { mediaPlaylist } from '../hls/media-playlist.ts'
import { multivariantPlaylist } from '../hls/multivariant-playlist.ts'
import { targetsOf } from '../hls/targets.ts'
import type { BlockedRequests } from './blocked-requests.ts'
import { type Manifest, Manifests } from './manifests.ts'
import type { Content } from './send-content.ts'

const M3U8 = 'application/vnd.apple.mpegurl'
/** Tokens, and passwords, which may have any characters that are shown. */
const REPEATED = /^\P{C}{1,512}$/u
const MPD = 'application/dash+xml'
/** A replica may be so far behind another one. */
const BEHIND_MS = 3000
/** A stream that has just begun has so long for its first segments. */
const BEGIN_WITHIN_MS = 8000

/** The query of a request, and its headers. */
export interface Asked {
  query: URLSearchParams
  headers: IncomingMessage['headers']
}

/** The playlists and MPDs of presentations, once there is something to play. All reject with ProblemError. */
export class ManifestContents {
  readonly #manifests = new Manifests()
  readonly #blocked: BlockedRequests

  constructor(blocked: BlockedRequests) {
    this.#blocked = blocked
  }

  async multivariant(presentation: Presentation, plain: boolean, asked: Asked): Promise<Content> {
    const tracks = await this.#tracks(presentation, plain ? hasSegment : hasPart)
    const write = () => multivariantPlaylist(tracks, plain)
    return contentOf(this.#manifests.get(presentation, plain ? 'plain' : 'index', write), M3U8, asked)
  }

  async mpd(presentation: Presentation, asked: Asked): Promise<Content> {
    await this.#blocked.until(presentation, () => !beginsInGap(presentation, Date.now()), BEGIN_WITHIN_MS)
    await this.#tracks(presentation, hasSegment)
    const write = () => {
      // Those that are over, too: their periods are still there.
      const tracks = [...presentation.tracks.values()].filter(hasSegment)
      return mpd(presentation, tracks)
    }
    return contentOf(this.#manifests.get(presentation, 'mpd', write), MPD, asked)
  }

  async playlist(
    presentation: Presentation,
    { kind, plain }: { kind: TrackKind; plain: boolean },
    asked: Asked,
  ): Promise<Content> {
    const { after, skip } = parseDirectives(asked.query)
    const track = await this.#track(presentation, kind, plain ? hasSegment : hasPart)
    if (after && !plain && !presentation.hasEnded) {
      const targets = targetsOf(presentation)
      const refusal = () => tooFarAhead(after, track.window, targets)
      // Another replica may have told the client of more than is here yet.
      if (presentation.isShared) await this.#blocked.until(presentation, () => !refusal(), BEHIND_MS)
      const refused = refusal()
      if (refused) throw refused
      const isMet = () => track.window.has(after.number, after.part)
      await this.#blocked.until(presentation, isMet, patienceMs(targets))
    }
    const form = plain ? 'plain' : skip ? 'delta' : 'low-latency'
    const write = () => mediaPlaylist(presentation, track, form)
    return contentOf(this.#manifests.get(presentation, `${kind} ${form}`, write), M3U8, asked)
  }

  async #track(presentation: Presentation, kind: TrackKind, isReady: (track: Track) => boolean): Promise<Track> {
    const find = () => presentation.tracks.get(kind)
    const isKnown = () => {
      const track = find()
      return track ? isReady(track) : presentation.tracks.size > 0 || presentation.unsupported.length > 0
    }
    await this.#blocked.until(presentation, isKnown, BEGIN_WITHIN_MS)
    const track = find()
    if (!track) throw new ProblemError(404, `This stream has no ${kind} for HLS.`)
    if (!isReady(track)) throw notYet()
    return track
  }

  /**
   * The tracks of a stream, once all of them are ready: players do not look again which there are. Those that are not after a while are left
   * out. So are tracks whose codec cannot be packaged: a picture without its sound is more than nothing, and FLV has both.
   */
  async #tracks(presentation: Presentation, isReady: (track: Track) => boolean): Promise<Track[]> {
    const current = () => currentTracks(presentation)
    const areReady = () => (current().length > 0 ? current().every(isReady) : presentation.unsupported.length > 0)
    await this.#blocked.until(presentation, areReady, BEGIN_WITHIN_MS)
    const ready = current().filter(isReady)
    if (ready.length > 0) return ready
    if (current().length === 0 && presentation.unsupported.length > 0) throw unsupported(presentation.unsupported)
    throw notYet()
  }
}

function currentTracks({ tracks }: Presentation): Track[] {
  return [...tracks.values()].filter(({ isOver }) => !isOver)
}

/**
 * Whether who begins to play now would begin behind the end of one publisher and before the first segment of the next, as the clock tells
 * players of DASH where to begin: dash.js stays there.
 */
function beginsInGap(presentation: Presentation, now: number): boolean {
  const { periodBefore } = presentation
  const beginsAt = now - presentationDelay(presentation) * 1000
  return currentTracks(presentation).some(({ window }) => {
    // All is of one publisher, as it nearly always is.
    if (!window.segments[0] || window.segments[0].period > periodBefore) return false
    const whole = window.segments.filter(({ isClosed }) => isClosed)
    const last = whole.findLast(({ period }) => period <= periodBefore)
    const next = whole.find(({ period }) => period > periodBefore)
    return (
      last !== undefined &&
      beginsAt >= last.startsAt + last.duration * 1000 &&
      (next === undefined || beginsAt < next.startsAt)
    )
  })
}

function hasPart({ window }: Track): boolean {
  return window.segments.some(({ parts }) => parts.length > 0)
}

function hasSegment({ window }: Track): boolean {
  return window.segments.some(({ isClosed }) => isClosed)
}

function contentOf(manifest: Manifest, type: string, { query, headers }: Asked): Content {
  const token = query.get('token')
  const repeated = token !== null && REPEATED.test(token) ? `?token=${encodeURIComponent(token)}` : ''
  const takesGzip = /\bgzip\b/.test(String(headers['accept-encoding'] ?? ''))
  const gzipped = repeated === '' && takesGzip ? manifest.gzipped() : undefined
  const { etag } = manifest
  if (!gzipped) return { type, bytes: [manifest.bytes(repeated)], etag, isImmutable: false, headers: VARIES }
  return { type, bytes: [gzipped], etag: `${etag}-gzip`, isImmutable: false, headers: GZIPPED }
}

const VARIES = { vary: 'accept-encoding' }
const GZIPPED = { ...VARIES, 'content-encoding': 'gzip' }

function notYet(): ProblemError {
  return new ProblemError(503, 'This stream has nothing to play yet. Try again.', { headers: { 'retry-after': '1' } })
}

function unsupported(codecs: readonly string[]): ProblemError {
  return new ProblemError(415, `HLS and DASH cannot carry ${codecs.join(' and ')}. FLV does.`)
}
