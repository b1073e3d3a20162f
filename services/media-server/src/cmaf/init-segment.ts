import { createHash } from 'node:crypto'
import { box, fullBox, u16, u32, zeros } from './boxes.ts'
import type { TrackFormat } from './track-format.ts'

/** As many digits of the hash as make a name. */
const HASH_DIGITS = 16
const UNDETERMINED_LANGUAGE = 0x55c4
/** Fixed point with 16 bits of fraction; the matrix has 2.30 in its last column (ISO/IEC 14496-12, 8.2.2). */
const ONE = 0x1_0000
const IDENTITY = Buffer.concat([u32(ONE), zeros(12), u32(ONE), zeros(12), u32(0x4000_0000)])
const FULL_VOLUME = 0x100
/** A track that is enabled, in the movie and in its preview. */
const TRACK_FLAGS = 7
const TRACK_ID = 1
/** The media are in this very file. */
const SELF_CONTAINED = 1

/**
 * The header of a track (ISO/IEC 23000-19, 7.3.1), under a name that it never shares with another.
 * @param delay from decoding to presentation of pictures with which a decoder can begin, in units of the timescale
 */
export function initSegment(format: TrackFormat, delay: number): { name: string; bytes: Buffer } {
  const bytes = Buffer.concat([box('ftyp', Buffer.from('iso6\0\0\0\0iso6cmfc')), movie(format, delay)])
  const hash = createHash('sha256').update(bytes).digest('hex').slice(0, HASH_DIGITS)
  return { name: `${format.description.kind}-${hash}.mp4`, bytes }
}

function movie(format: TrackFormat, delay: number): Buffer {
  const { timescale } = format.description
  const header = fullBox(
    'mvhd',
    0,
    0,
    zeros(8), // times of creation and change
    u32(timescale),
    u32(0), // duration
    u32(ONE), // rate
    u16(FULL_VOLUME),
    zeros(10),
    IDENTITY,
    zeros(24),
    u32(TRACK_ID + 1), // the next free one
  )
  const defaults = fullBox('trex', 0, 0, u32(TRACK_ID), u32(1), zeros(12))
  return box('moov', header, track(format, delay), box('mvex', defaults))
}

function track(format: TrackFormat, delay: number): Buffer {
  const { kind, timescale } = format.description
  const { width, height } = format.shown
  const isVideo = kind === 'video'
  const header = fullBox(
    'tkhd',
    0,
    TRACK_FLAGS,
    zeros(8),
    u32(TRACK_ID),
    zeros(4),
    u32(0), // duration
    zeros(12),
    u16(isVideo ? 0 : FULL_VOLUME),
    zeros(2),
    IDENTITY,
    u32(width * ONE),
    u32(height * ONE),
  )
  const media = fullBox('mdhd', 0, 0, zeros(8), u32(timescale), u32(0), u16(UNDETERMINED_LANGUAGE), u16(0))
  const handler = fullBox('hdlr', 0, 0, u32(0), Buffer.from(isVideo ? 'vide' : 'soun'), zeros(12), Buffer.from('\0'))
  const kindHeader = isVideo ? fullBox('vmhd', 0, 1, zeros(8)) : fullBox('smhd', 0, 0, zeros(4))
  const source = box('dinf', fullBox('dref', 0, 0, u32(1), fullBox('url ', 0, SELF_CONTAINED)))
  const edits = delay === 0 ? [] : [editList(delay)]
  return box('trak', header, ...edits, box('mdia', media, handler, box('minf', kindHeader, source, samples(format))))
}

/** Everything is presented earlier by the delay, so that a segment is presented from its first decode time on (ISO/IEC 23000-19, 7.5.13). */
function editList(delay: number): Buffer {
  const untilTheEnd = u32(0)
  const normalSpeed = u32(ONE)
  return box('edts', fullBox('elst', 0, 0, u32(1), untilTheEnd, u32(delay), normalSpeed))
}

/** What the samples are; there are none here. */
function samples({ sampleEntry }: TrackFormat): Buffer {
  return box(
    'stbl',
    fullBox('stsd', 0, 0, u32(1), sampleEntry),
    fullBox('stts', 0, 0, u32(0)),
    fullBox('stsc', 0, 0, u32(0)),
    fullBox('stsz', 0, 0, u32(0), u32(0)),
    fullBox('stco', 0, 0, u32(0)),
  )
}
