import { readMediaHeader } from '../hub/media.ts'
import type { Message } from '../hub/message.ts'
import { CODECS } from './codecs.ts'
import { ConfigurationError } from './configuration-error.ts'
import { type Formats, MAX_SEGMENT_MS, type PackagerTargets, Period } from './period.ts'
import type { Presentation, TrackKind } from './presentation.ts'
import type { TrackFormat } from './track-format.ts'
import type { Frame } from './track-packager.ts'

export interface PackagerOptions {
  presentation: Presentation
  targets: PackagerTargets
  /** Milliseconds since 1970; never goes back. */
  now: () => number
}

/** The first track of a kind; others are not packaged. */
interface Source {
  track: number
  codec: string
  /** Its configuration record. */
  record: Buffer
  /** Undefined: not before its next key frame; never, if it is not supported. */
  format: TrackFormat | undefined
  isSupported: boolean
}

/** Pictures and sound that do not come within so much of the other's time are not waited for, nor more frames than these. */
const ABSENT_MS = 1000
const MAX_HELD = 500
/** A track that sent nothing for so long is over: a publisher's audio and video are not further apart. */
const SILENT_MS = 3000
/** Time that goes back by more is no jitter. */
const BACKWARDS_MS = 1000
/** What comes so much later than it should will not catch up. */
const LATE_MS = 5000
/** A picture that is presented so much later than it is decoded is a mistake. */
const MAX_COMPOSITION_MS = 10_000
const NOTHING = Buffer.alloc(0)

/** Makes a presentation of what one publisher sends: of its first track of pictures and its first one of sound. */
export class Packager {
  readonly #options: PackagerOptions
  readonly #sources = new Map<TrackKind, Source>()
  /** When each kind sent something last, in milliseconds of the stream. */
  readonly #heardAt = new Map<TrackKind, number>()
  /** What came before it was known which kinds there are. */
  #held: Frame[] | undefined = []
  #period: Period | undefined
  /** When time 0 of the stream is, in milliseconds since 1970. */
  #zeroAt: number | undefined
  /** Milliseconds of the stream: sound does not wait for pictures any longer. */
  #picturesDueAt = 0
  /** Time went back, or pictures cannot be packaged any more: nothing is added to this period. */
  #isBroken = false
  /** Milliseconds by which all frames of this segment have been late. */
  #lateBy = Number.POSITIVE_INFINITY

  constructor(options: PackagerOptions) {
    this.#options = options
  }

  /** @param time of the message, in milliseconds of the stream, which do not wrap */
  write(message: Message, time: number): void {
    const { media, track, isRecord, compositionMs, bodyAt, bodyEnd } = readMediaHeader(message)
    const { kind, role, codec = 'unknown' } = media
    if (kind === 'data' || role === 'none' || (role === 'config' && !isRecord)) return
    const body = message.payload.subarray(bodyAt, bodyEnd)
    const source = this.#sources.get(kind)
    if (body.length === 0 || (source && source.track !== track)) return
    if (isRecord || (!source && !CODECS.has(codec))) this.#configure(kind, { track, codec, record: body })
    this.#hear(kind, time)
    if (isRecord || !source?.isSupported || source.codec !== codec) return
    const presentedAt = Math.abs(compositionMs) > MAX_COMPOSITION_MS ? time : time + compositionMs
    this.#hold({ kind, time, presentedAt, isKey: kind === 'audio' || role === 'key', bytes: body })
  }

  /** The publisher has left. */
  end(): void {
    this.#settle()
    this.#period?.finish()
    this.#period = undefined
  }

  #configure(kind: TrackKind, { track, codec, record }: Pick<Source, 'track' | 'codec' | 'record'>): void {
    const before = this.#sources.get(kind)
    if (before?.codec === codec && before.record.equals(record)) return
    const source = { track, codec, record, format: undefined, isSupported: true }
    this.#sources.set(kind, source)
    // Pictures wait for a key frame anyway, in which some codecs say their size.
    if (kind === 'audio' || !CODECS.has(codec)) this.#read(kind, source, NOTHING)
  }

  #read(kind: TrackKind, source: Source, keyFrame: Buffer): void {
    try {
      source.format ??= CODECS.get(source.codec)?.read(source.record, keyFrame)
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error
    }
    source.isSupported = source.format !== undefined
    if (source.isSupported) return
    this.#options.presentation.apply({ type: 'unsupported', kind, codec: source.codec })
    if (this.#period?.lead === kind) this.#isBroken = true
  }

  #hear(kind: TrackKind, time: number): void {
    const heardAt = this.#heardAt.get(kind)
    this.#heardAt.set(kind, time)
    if (this.#heardAt.size === 1) this.#picturesDueAt ||= time + MAX_SEGMENT_MS
    if (heardAt === undefined || time >= heardAt - BACKWARDS_MS) return
    this.#isBroken = true
    this.#picturesDueAt = time + MAX_SEGMENT_MS
  }

  #hold(frame: Frame): void {
    this.#zeroAt ??= this.#options.now() - frame.time
    if (!this.#held) {
      this.#take(frame)
      return
    }
    this.#held.push(frame)
    const waited = frame.time - (this.#held[0] as Frame).time
    if (this.#sources.size === 2 || waited >= ABSENT_MS || this.#held.length >= MAX_HELD) this.#settle()
  }

  #settle(): void {
    const held = this.#held ?? []
    this.#held = undefined
    for (const frame of held) this.#take(frame)
  }

  #take(frame: Frame): void {
    this.#lateBy = Math.min(this.#lateBy, this.#options.now() - frame.time - (this.#zeroAt ?? 0))
    if (this.#leads(frame)) this.#beginWhereNeeded(frame)
    const period = this.#period
    const format = this.#sources.get(frame.kind)?.format
    if (!period || this.#isBroken || !format || period.formats.get(frame.kind) !== format) return
    if (period.add(frame) || !period.mayEndSegment) return
    // No key frame came in time. Sound goes on alone with its next frame, pictures with their next key frame.
    period.finish()
    this.#period = undefined
    this.#picturesDueAt = frame.time
  }

  /** Whether a period or a segment may begin with this frame; reads what a key frame says of its track. */
  #leads({ kind, isKey, time, bytes }: Frame): boolean {
    const video = this.#sources.get('video')
    if (kind === 'video') {
      if (video && isKey && !video.format) this.#read(kind, video, bytes)
      return isKey && video?.format !== undefined
    }
    if (this.#period?.lead === 'video' && !this.#isBroken) return false
    return !video?.isSupported || time >= this.#picturesDueAt
  }

  #beginWhereNeeded(frame: Frame): void {
    const period = this.#period
    const formats = this.#formatsAt(frame)
    const cuts = period?.cutsAt(frame) ?? false
    const isLate = cuts && this.#lateBy > LATE_MS
    if (cuts) this.#lateBy = Number.POSITIVE_INFINITY
    if (!period || this.#isBroken || isLate || !areSame(period.formats, formats)) this.#begin(frame, formats, isLate)
  }

  /** Those of the tracks that a period has that begins with this frame. */
  #formatsAt({ kind, time }: Frame): Formats {
    const kinds: TrackKind[] = kind === 'video' ? ['video', 'audio'] : ['audio']
    return new Map(
      kinds.flatMap((each) => {
        const format = this.#sources.get(each)?.format
        const isSilent = time - (this.#heardAt.get(each) ?? 0) > SILENT_MS
        return format && !isSilent ? [[each, format]] : []
      }),
    )
  }

  #begin(frame: Frame, formats: Formats, isLate: boolean): void {
    const { presentation, targets, now } = this.#options
    this.#period?.finish()
    if (this.#zeroAt === undefined || this.#isBroken || isLate) this.#zeroAt = now() - frame.time
    // What was presented first comes first.
    this.#zeroAt = Math.max(this.#zeroAt, (presentation.position?.endsAt ?? 0) - frame.presentedAt)
    this.#isBroken = false
    for (const [kind, time] of this.#heardAt) this.#heardAt.set(kind, Math.min(time, frame.time))
    this.#period = new Period({ presentation, formats, now, targets, zeroAt: this.#zeroAt }, frame)
    for (const [kind, { isSupported, codec }] of this.#sources)
      if (!isSupported) presentation.apply({ type: 'unsupported', kind, codec })
  }
}

function areSame(one: Formats, other: Formats): boolean {
  return one.size === other.size && [...one].every(([kind, format]) => other.get(kind) === format)
}
