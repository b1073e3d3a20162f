import assert from 'node:assert/strict'
import { type Manifest, Parser } from 'm3u8-parser'

/** What m3u8-parser reads of a playlist, about which it has nothing to complain. */
export function parsePlaylist(text: string): Manifest {
  const parser = new Parser()
  const warnings: unknown[] = []
  parser.on('warn', (warning: unknown) => warnings.push(warning))
  parser.on('info', (info: unknown) => warnings.push(info))
  parser.push(text)
  parser.end()
  assert.deepEqual(warnings, [], text)
  return parser.manifest
}

export interface ListedPart {
  uri: string
  duration: number
  isIndependent: boolean
}

export interface ListedSegment {
  number: number
  /** Absent while it is open. */
  uri: string | undefined
  duration: number
  parts: ListedPart[]
  discontinuity: number
  map: string | undefined
  date: string | undefined
}

/** A Media Playlist as a player understands it. */
export interface MediaPlaylist {
  text: string
  /** Values of the tags that are there once. */
  tags: Map<string, string>
  target: number
  partTarget: number
  skipped: number
  segments: ListedSegment[]
  hints: string[]
}

/** Reads a Media Playlist line by line, without the kindness of a player. */
export function readMediaPlaylist(text: string): MediaPlaylist {
  const tags = new Map<string, string>()
  const segments: ListedSegment[] = []
  const hints: string[] = []
  const begin = (number: number, discontinuity: number, map: string | undefined): ListedSegment => ({
    number,
    uri: undefined,
    duration: 0,
    parts: [],
    discontinuity,
    map,
    date: undefined,
  })
  let open: ListedSegment | undefined
  let skipped = 0
  let map: string | undefined
  let discontinuity = 0
  for (const line of text.split('\n')) {
    const [, tag = '', value = ''] = /^#([^:]+):?(.*)$/.exec(line) ?? []
    const current = () => {
      open ??= begin(Number(tags.get('EXT-X-MEDIA-SEQUENCE')) + skipped + segments.length, discontinuity, map)
      return open
    }
    switch (tag) {
      case 'EXT-X-DISCONTINUITY-SEQUENCE':
        discontinuity = Number(value)
        break
      case 'EXT-X-SKIP':
        skipped = Number(attribute(value, 'SKIPPED-SEGMENTS'))
        break
      case 'EXT-X-DISCONTINUITY':
        discontinuity++
        break
      case 'EXT-X-MAP':
        map = attribute(value, 'URI')
        break
      case 'EXT-X-PROGRAM-DATE-TIME':
        current().date = value
        break
      case 'EXT-X-PART':
        current().parts.push({
          uri: attribute(value, 'URI') as string,
          duration: Number(attribute(value, 'DURATION')),
          isIndependent: attribute(value, 'INDEPENDENT') === 'YES',
        })
        break
      case 'EXT-X-PRELOAD-HINT':
        hints.push(attribute(value, 'URI') as string)
        break
      case 'EXTINF':
        current().duration = Number.parseFloat(value)
        break
      case '':
        if (line === '') break
        current().uri = line
        segments.push(current())
        open = undefined
        break
      default:
        assert.ok(!tags.has(tag) || tag === 'EXT-X-RENDITION-REPORT', `${tag} is there twice`)
        tags.set(tag, value)
    }
  }
  if (open) segments.push({ ...open, duration: open.parts.reduce((sum, { duration }) => sum + duration, 0) })
  const target = Number(tags.get('EXT-X-TARGETDURATION'))
  const partTarget = Number(attribute(tags.get('EXT-X-PART-INF') ?? '', 'PART-TARGET') ?? 0)
  return { text, tags, target, partTarget, skipped, segments, hints }
}

/** An attribute of a tag, without its quotation marks. */
export function attribute(list: string, name: string): string | undefined {
  const [, quoted, plain] = new RegExp(`(?:^|,)${name}=(?:"([^"]*)"|([^,]*))`).exec(list) ?? []
  return quoted ?? plain
}

/** What RFC 8216bis demands of each playlist of a live stream by itself. */
export function checkPlaylist(playlist: MediaPlaylist): void {
  const { text, tags, target, partTarget, segments, hints, skipped } = playlist
  const isPlain = !tags.has('EXT-X-SERVER-CONTROL')
  const hasEnded = tags.has('EXT-X-ENDLIST')
  for (const { number, uri, duration, parts, date, map } of segments) {
    assert.ok(uri === undefined || uri.includes(`-${number}.`), `numbers are not consecutive:\n${text}`)
    assert.ok(Math.round(duration) <= target, `EXTINF ${duration} > ${target}`)
    assert.ok(date, 'EXT-X-PROGRAM-DATE-TIME is missing')
    assert.ok(map || skipped > 0, 'EXT-X-MAP is missing')
    for (const [index, part] of parts.entries()) {
      assert.match(part.uri, new RegExp(`-${number}\\.${index}\\.`))
      assert.ok(part.duration <= partTarget, `a part of ${part.duration} s: ${partTarget}`)
      const isFinal = index === parts.length - 1 && (uri !== undefined || hints[0]?.includes(`-${number}.`) === false)
      const isNewest = uri === undefined && index === parts.length - 1
      assert.ok(
        isFinal || isNewest || part.duration >= 0.85 * partTarget,
        `a part of ${part.duration} s: ${partTarget}`,
      )
    }
  }
  if (isPlain) {
    assert.deepEqual(hints, [])
    assert.ok(segments.every(({ uri, parts }) => uri && parts.length === 0))
    return
  }
  const control = tags.get('EXT-X-SERVER-CONTROL') as string
  assert.equal(attribute(control, 'CAN-BLOCK-RELOAD'), 'YES')
  assert.ok(Number(attribute(control, 'HOLD-BACK')) >= 3 * target)
  assert.ok(Number(attribute(control, 'PART-HOLD-BACK')) >= 3 * partTarget - 1e-9)
  assert.ok(Number(attribute(control, 'CAN-SKIP-UNTIL')) >= 6 * target)
  assert.equal(hints.length, hasEnded ? 0 : 1)
  let fromEnd = 0
  for (const { duration, parts } of segments.toReversed()) {
    fromEnd += duration
    assert.ok(parts.length === 0 || fromEnd <= 3 * target + 0.001, 'parts too far from the end')
  }
}

/**
 * What RFC 8216bis demands of a playlist after an earlier version of it.
 * @param isLarge segments may leave sooner, where the window has too few bytes for three target durations
 */
export function checkChange(before: MediaPlaylist, after: MediaPlaylist, { isLarge = false } = {}): void {
  assert.ok(after.target >= before.target)
  assert.ok(after.partTarget >= before.partTarget)
  const first = (after.segments[0]?.number ?? 0) - after.skipped
  assert.ok(first >= (before.segments[0]?.number ?? 0) - before.skipped, 'MEDIA-SEQUENCE went back')
  for (const old of before.segments) {
    const now = after.segments.find(({ number }) => number === old.number)
    if (!now) continue
    assert.equal(now.discontinuity, old.discontinuity, `discontinuity of ${old.number}`)
    assert.equal(now.date, old.date)
    if (!old.uri) continue
    assert.equal(now.uri, old.uri)
    assert.equal(now.duration, old.duration)
  }
  const hasLost = first > (before.segments[0]?.number ?? 0)
  const seconds = after.segments.filter(({ uri }) => uri).reduce((sum, { duration }) => sum + duration, 0)
  assert.ok(
    isLarge || !hasLost || after.skipped > 0 || seconds >= 3 * after.target - 1e-6,
    `only ${seconds} s are left`,
  )
}
