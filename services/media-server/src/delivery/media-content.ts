import { hash } from 'node:crypto'
import { ProblemError } from '@livepods/http'
import type { Presentation, TrackKind } from '../cmaf/presentation.ts'
import { snapshot } from '../cmaf/snapshot.ts'
import { targetsOf } from '../hls/targets.ts'
import type { BlockedRequests } from './blocked-requests.ts'
import type { Content } from './send-content.ts'

/** What is announced and not there yet is waited for, in target durations. */
const WAIT_FOR = 3
/** Milliseconds that a replica may be behind another one, where its client was told what there is; and segments. */
const BEHIND_MS = 3000
const BEHIND_SEGMENTS = 2

/** A segment; the one that is open when it is whole, for players of DASH, some of which would ask again at once. Rejects with ProblemError 404. */
export async function segmentContent(
  presentation: Presentation,
  { kind, number }: { kind: TrackKind; number: number },
  blocked: BlockedRequests,
): Promise<Content> {
  const window = () => presentation.tracks.get(kind)?.window
  if (isToCome(presentation, kind, number))
    await blocked.until(presentation, () => window()?.has(number) ?? false, waitMs(presentation))
  const segment = window()?.find(number)
  if (!segment?.isClosed) throw absent(`${kind} segment ${number}`)
  const { pieces: bytes, size, duration } = segment
  const seconds = countsViewers(presentation, kind) ? duration : undefined
  return { type: `${kind}/mp4`, bytes, etag: `${number}-${size}`, isImmutable: true, seconds }
}

/** A part; the one that comes next when it is there. Rejects with ProblemError 404. */
export async function partContent(
  presentation: Presentation,
  { kind, number, part: index }: { kind: TrackKind; number: number; part: number },
  blocked: BlockedRequests,
): Promise<Content> {
  const window = () => presentation.tracks.get(kind)?.window
  const isNext = () => {
    const next = window()?.next
    if (presentation.isShared) return isToCome(presentation, kind, number) && !window()?.find(number)?.parts[index]
    return next?.number === number && next.part === index
  }
  await blocked.until(presentation, () => !isNext(), waitMs(presentation))
  const part = window()?.find(number)?.parts[index]
  if (!part) throw absent(`part ${index} of ${kind} segment ${number}`)
  const { bytes, duration } = part
  const etag = `${number}.${index}-${bytes.length}`
  const seconds = countsViewers(presentation, kind) ? duration : undefined
  return { type: `${kind}/mp4`, bytes: [bytes], etag, isImmutable: true, seconds }
}

/** An init segment. Rejects with ProblemError 404. */
export async function initContent(
  presentation: Presentation,
  name: string,
  blocked: BlockedRequests,
): Promise<Content> {
  if (presentation.isShared)
    await blocked.until(presentation, () => presentation.init(name) !== undefined, waitMs(presentation))
  const init = presentation.init(name)
  if (!init) throw absent(name)
  return { type: `${init.description.kind}/mp4`, bytes: [init.bytes], etag: name, isImmutable: true }
}

/** The newest picture, for a thumbnail. Throws ProblemError 404. */
export function snapshotContent(presentation: Presentation): Content {
  const bytes = snapshot(presentation)
  if (!bytes) throw new ProblemError(404, 'There is no picture of this stream yet.')
  return { type: 'video/mp4', bytes, etag: hash('md5', Buffer.concat(bytes), 'base64url'), isImmutable: false }
}

/** Viewers who take both tracks are counted by one. */
function countsViewers({ tracks }: Presentation, kind: TrackKind): boolean {
  return kind === 'video' || !tracks.has('video')
}

/** Whether the segment is the open one or the next; where replicas share the stream, a client may know of more than is here. */
function isToCome(presentation: Presentation, kind: TrackKind, number: number): boolean {
  const next = presentation.tracks.get(kind)?.window.next?.number
  if (!presentation.isShared) return number === next
  return next === undefined || (number >= next && number <= next + BEHIND_SEGMENTS)
}

function waitMs(presentation: Presentation): number {
  const ms = targetsOf(presentation).segment * WAIT_FOR * 1000
  return presentation.isShared ? Math.min(ms, BEHIND_MS) : ms
}

function absent(what: string): ProblemError {
  return new ProblemError(404, `There is no ${what} now.`)
}
