import { bitratesOf, frameRateOf } from '../cmaf/measure.ts'
import type { Presentation, Track, TrackDescription } from '../cmaf/presentation.ts'
import type { Segment, Window } from '../cmaf/window.ts'
import { QUERY } from '../delivery/query-slot.ts'
import { targetsOf } from '../hls/targets.ts'

/** Seconds. A player asks again so often. */
const UPDATE_PERIOD = 1
/** Target durations behind the newest picture: a segment is not there before it has ended. */
const PRESENTATION_DELAY = 2

/** Media Presentation Description (ISO/IEC 23009-1) of tracks that have whole segments. */
export function mpd(presentation: Presentation, tracks: readonly Track[]): string {
  const { bornAt, hasEnded } = presentation
  const periods = periodsOf(presentation, tracks)
  const longest = Math.max(...tracks.map(({ window }) => window.longestSegment))
  const attributes = {
    xmlns: 'urn:mpeg:dash:schema:mpd:2011',
    profiles: 'urn:mpeg:dash:profile:isoff-live:2011',
    minBufferTime: seconds(UPDATE_PERIOD),
    maxSegmentDuration: seconds(longest),
    publishTime: new Date().toISOString(),
    availabilityStartTime: bornAt.toISOString(),
    ...(hasEnded
      ? { type: 'static', mediaPresentationDuration: seconds(Math.max(...periods.map(endOf))) }
      : {
          type: 'dynamic',
          minimumUpdatePeriod: seconds(UPDATE_PERIOD),
          timeShiftBufferDepth: seconds(Math.max(...tracks.map(secondsOf))),
          suggestedPresentationDelay: seconds(presentationDelay(presentation)),
        }),
  }
  const timing = element('UTCTiming', { schemeIdUri: 'urn:mpeg:dash:utc:http-iso:2014', value: `time.txt${QUERY}` })
  const children = [...periods.map(periodElement), timing]
  return `<?xml version="1.0" encoding="UTF-8"?>\n${element('MPD', attributes, children)}\n`
}

/** Seconds behind the clock at which players begin. */
export function presentationDelay(presentation: Presentation): number {
  return PRESENTATION_DELAY * targetsOf(presentation).segment
}

/** The segments of one track in one period, of which there is at least one. */
interface PeriodTrack {
  description: TrackDescription
  window: Window
  segments: Segment[]
}

/** Where a period begins. */
interface Begin {
  /** Seconds after availabilityStartTime. */
  start: number
  /** The same in the media's own time, in seconds. */
  mediaTime: number
}

interface Period {
  id: number
  begin: Begin
  tracks: PeriodTrack[]
}

function periodsOf(presentation: Presentation, tracks: readonly Track[]): Period[] {
  const ids = new Set(tracks.flatMap(({ window }) => whole(window).map(({ period }) => period)))
  const periods = [...ids]
    .sort((one, other) => one - other)
    .map((id) => {
      const own = tracks.flatMap((track) => ofPeriod(presentation, track, id))
      return { id, tracks: own, begin: beginOf(own, presentation.bornAt) }
    })
  const newest = periods.at(-1)
  const current = tracks.filter(({ isOver }) => !isOver).length
  // Players do not look again which tracks a period has: the segments of one may end a little after those of the other.
  if (newest && newest.tracks.length < current && periods.length > 1) periods.pop()
  return periods
}

function whole(window: Window): Segment[] {
  return window.segments.filter(({ isClosed }) => isClosed)
}

function ofPeriod(presentation: Presentation, { description, window }: Track, id: number): PeriodTrack[] {
  const segments = whole(window).filter(({ period }) => period === id)
  const [first] = segments
  if (!first) return []
  return [{ description: presentation.init(first.init)?.description ?? description, window, segments }]
}

/** It must not move while players know it, on any replica, though its first segments leave. */
function beginOf(tracks: PeriodTrack[], bornAt: Date): Begin {
  const firsts = tracks.map(({ description, segments }) => ({ ...(segments[0] as Segment), ...description }))
  const times = firsts.map((first) => first.start / first.timescale - (first.startsAt - first.periodStartsAt) / 1000)
  const start = Math.max(0, (firsts[0]?.periodStartsAt ?? 0) - bornAt.getTime()) / 1000
  return { start, mediaTime: Math.max(0, ...times) }
}

function endOf({ tracks, begin: { start, mediaTime } }: Period): number {
  const ends = tracks.map(({ description: { timescale }, segments }) => {
    const last = segments.at(-1) as Segment
    return last.start / timescale + last.duration
  })
  return start - mediaTime + Math.max(...ends)
}

function secondsOf({ window }: Track): number {
  return whole(window).reduce((sum, { duration }) => sum + duration, 0)
}

function periodElement({ id, begin: { start, mediaTime }, tracks }: Period): string {
  const sets = tracks.map((track) => adaptationSet(track, mediaTime))
  return element('Period', { id, start: seconds(start) }, sets)
}

function adaptationSet({ description, window, segments }: PeriodTrack, mediaTime: number): string {
  const { kind, codec, width, height, sampleRate, channels } = description
  const isIndependent = segments.every(({ parts }) => parts[0]?.independent)
  const set = {
    id: kind === 'video' ? 1 : 2,
    contentType: kind,
    mimeType: `${kind}/mp4`,
    segmentAlignment: true,
    startWithSAP: isIndependent ? 1 : undefined,
  }
  const representation = {
    id: kind,
    codecs: codec,
    bandwidth: bitratesOf(window).peak,
    ...(kind === 'video'
      ? { width, height, frameRate: frameRate(frameRateOf(window)) }
      : { audioSamplingRate: sampleRate }),
  }
  const layout = element('AudioChannelConfiguration', {
    schemeIdUri: 'urn:mpeg:dash:23003:3:audio_channel_configuration:2011',
    value: channels,
  })
  const template = segmentTemplate(description, segments, mediaTime)
  const children = kind === 'audio' && channels ? [layout, template] : [template]
  return element('AdaptationSet', set, [element('Representation', representation, children)])
}

function segmentTemplate({ kind, timescale }: TrackDescription, segments: Segment[], mediaTime: number): string {
  const [first] = segments as [Segment]
  const attributes = {
    timescale,
    startNumber: first.number,
    presentationTimeOffset: Math.round(mediaTime * timescale),
    initialization: `${first.init}${QUERY}`,
    media: `${kind}-$Number$.m4s${QUERY}`,
  }
  return element('SegmentTemplate', attributes, [element('SegmentTimeline', {}, timeline(segments, timescale))])
}

/** Segments that last as long as the one before are counted in its `r`. */
function timeline(segments: Segment[], timescale: number): string[] {
  const runs: { t: number; d: number; r: number }[] = []
  segments.forEach(({ start, duration }, index) => {
    const next = segments[index + 1]
    const d = next ? next.start - start : Math.round(duration * timescale)
    const run = runs.at(-1)
    if (run?.d === d) run.r++
    else runs.push({ t: start, d, r: 0 })
  })
  return runs.map(({ t, d, r }) => element('S', { t, d, r: r === 0 ? undefined : r }))
}

/** As a whole number or a fraction: what was measured is exact to a thousandth. */
function frameRate(measured: number): string {
  const whole = Math.round(measured)
  if (Math.abs(measured - whole) < 0.01) return String(whole)
  return Math.abs((measured * 1001) / 1000 - whole) < 0.01
    ? `${whole * 1000}/1001`
    : `${Math.round(measured * 1000)}/1000`
}

function seconds(value: number): string {
  return `PT${value.toFixed(3)}S`
}

type Attributes = Record<string, string | number | boolean | undefined>

function element(name: string, attributes: Attributes, children: string[] = []): string {
  const text = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}="${value}"`)
    .join('')
  return children.length === 0 ? `<${name}${text}/>` : `<${name}${text}>${children.join('')}</${name}>`
}
