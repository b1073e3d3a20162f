import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeRecord, RecordReader } from '../../src/cluster/records.ts'
import { type HeldTrack, heldOf, isFurther, windowRecords } from '../../src/cluster/window-records.ts'
import { Presentation, type PresentationRecord } from '../../src/cmaf/presentation.ts'
import { mpd } from '../../src/dash/mpd.ts'
import { mediaPlaylist } from '../../src/hls/media-playlist.ts'
import { multivariantPlaylist } from '../../src/hls/multivariant-playlist.ts'
import { LivePresentation } from '../support/presentation.ts'

const LIMITS = { seconds: 6, bytes: 1e9 }

const live = () => new LivePresentation({ window: LIMITS })
const empty = ({ bornAt }: Presentation) => new Presentation(LIMITS, bornAt)

/** As over the network. */
function send(from: Presentation, to: Presentation, held: HeldTrack[] = heldOf(to)): PresentationRecord[] {
  const reader = new RecordReader(1e6)
  const sent = [...windowRecords(from, held)].flatMap((record) => [...reader.read(encodeRecord(record))])
  for (const record of sent) to.apply(record as PresentationRecord)
  return sent as PresentationRecord[]
}

/** All manifests, without the time of the MPD. */
function manifests(presentation: Presentation): string[] {
  const tracks = [...presentation.tracks.values()]
  return [
    multivariantPlaylist(tracks, false),
    ...tracks.flatMap((track) => [
      mediaPlaylist(presentation, track, 'low-latency'),
      mediaPlaylist(presentation, track, 'plain'),
    ]),
    mpd(presentation, tracks).replace(/publishTime="[^"]*"/, ''),
  ]
}

function assertSame(one: Presentation, other: Presentation): void {
  assert.deepEqual(manifests(one), manifests(other))
  for (const [kind, { window }] of one.tracks) {
    const same = other.tracks.get(kind)?.window
    for (const { number, parts } of window.served) {
      assert.deepEqual(same?.find(number)?.parts, parts)
      assert.ok(other.init(window.find(number)?.init ?? ''))
    }
  }
}

test('a window that is sent is the same there, whatever the owner has made before', () => {
  const owner = live()
  for (let step = 0; step < 24; step++) {
    if (step % 7 === 3) owner.configure(`hash${step}`)
    owner.open()
    owner.part()
    if (step === 5) owner.part(1.5)
    for (const state of [owner.presentation]) {
      const follower = empty(state)
      send(state, follower)
      assertSame(state, follower)
    }
    owner.part()
    owner.close()
    const follower = empty(owner.presentation)
    send(owner.presentation, follower)
    assertSame(owner.presentation, follower)
  }
})

test('what is there already is not sent again', () => {
  const owner = live()
  owner.segments(3)
  owner.open()
  owner.part()
  const follower = empty(owner.presentation)
  send(owner.presentation, follower)
  owner.part()
  owner.close()
  owner.segments(1)
  owner.open()
  owner.part()
  const sent = send(owner.presentation, follower)
  assertSame(owner.presentation, follower)
  const counts = (type: string) => sent.filter((record) => record.type === type).length
  assert.deepEqual([counts('open'), counts('part'), counts('close')], [4, 14, 4])
  assert.deepEqual(
    send(owner.presentation, follower).filter(({ type }) => ['open', 'part', 'close'].includes(type)),
    [],
  )
  assertSame(owner.presentation, follower)
})

test('of two histories of a name that of the owner holds, with all its numbers', () => {
  const owner = live()
  owner.segments(3)
  const other = empty(owner.presentation)
  send(owner.presentation, other)
  const lonely = new LivePresentation({ window: LIMITS, number: 103 })
  lonely.pause(4)
  lonely.segments(2)
  send(lonely.presentation, other, [])
  owner.configure('bbbb')
  owner.segments(1)
  send(owner.presentation, other)
  assertSame(owner.presentation, other)
})

test('who has more parts, or a segment that is whole, is further', () => {
  const owner = live()
  owner.segments(1)
  const states = [heldOf(owner.presentation)]
  owner.open()
  for (const step of [() => owner.part(), () => owner.part(), () => owner.close(), () => owner.segments(1)]) {
    step()
    states.push(heldOf(owner.presentation))
  }
  for (const [index, held] of states.entries()) {
    assert.ok(isFurther(held, []))
    assert.equal(isFurther(held, held), false)
    for (const later of states.slice(index + 1)) {
      assert.ok(isFurther(later, held))
      assert.equal(isFurther(held, later), false)
    }
  }
})
