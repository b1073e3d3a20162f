import { ProblemError } from '@livepods/http'
import type { Window } from '../cmaf/window.ts'
import type { Targets } from './targets.ts'

/** Delivery Directives of a request for a playlist (RFC 8216bis 6.2.5). */
export interface Directives {
  /** The answer waits until the playlist has this segment, or this part of it. */
  after: { number: number; part: number | undefined } | undefined
  skip: boolean
}

const DECIMAL_INTEGER = /^\d{1,15}$/
/** A client may ask so many segments ahead, and parts of so many seconds (the Advance Part Limit). */
const SEGMENTS_AHEAD = 2
const PARTS_AHEAD_SECONDS = 3

/** Throws ProblemError 400. */
export function parseDirectives(query: URLSearchParams): Directives {
  const number = parseInteger(query, '_HLS_msn')
  const part = parseInteger(query, '_HLS_part')
  if (part !== undefined && number === undefined) throw new ProblemError(400, '_HLS_part needs _HLS_msn.')
  const skip = ['YES', 'v2'].includes(query.get('_HLS_skip') ?? '')
  return { after: number === undefined ? undefined : { number, part }, skip }
}

function parseInteger(query: URLSearchParams, name: string): number | undefined {
  const value = query.get(name)
  if (value === null) return undefined
  if (!DECIMAL_INTEGER.test(value)) throw new ProblemError(400, `${name} must be a decimal integer.`)
  return Number(value)
}

/** Why a client that knows the playlist cannot mean this (RFC 8216bis 6.2.5.2): a 400; undefined: it can. */
export function tooFarAhead(
  { number, part = 0 }: NonNullable<Directives['after']>,
  window: Window,
  targets: Targets,
): ProblemError | undefined {
  const { last } = window
  if (!last) return undefined
  const lastClosed = last.isClosed ? last.number : last.number - 1
  const parts = number === last.number ? last.parts.length : 0
  const partsAhead = Math.ceil(PARTS_AHEAD_SECONDS / Math.min(1, targets.part || 1))
  if (number <= lastClosed + SEGMENTS_AHEAD && (number < last.number || part < parts + partsAhead)) return undefined
  return new ProblemError(400, `Segment ${number}, part ${part} is too far ahead: the last segment is ${lastClosed}.`)
}

/**
 * Milliseconds that a request may wait. hls.js 1.7 gives it up after `max(3 × PART-TARGET, 0.8 × TARGETDURATION)`, which is less than the
 * three target durations of RFC 8216bis; so the playlist is sent a little before that, as it is then.
 */
export function patienceMs({ segment, part }: Targets): number {
  return 0.9 * Math.max(3 * part, 0.8 * segment) * 1000
}
