import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { readStrip, STRIP_ROW, stripAge, stripModulus } from '@livepods/time-strip'
import type { Picture } from '../src/picture.ts'
import { SAMPLES_PER_SECOND } from '../src/tick.ts'
import { decoded, Recording } from './support/recording.ts'

/** Milliseconds that times in FLV are rounded by, once for each of two. */
const ROUNDING_MS = 1

async function stripsOf(recording: Recording): Promise<number[]> {
  const rows = await recording.rows(Math.floor(recording.picture.height * STRIP_ROW))
  return rows.map((row, index) => readStrip(row) ?? assert.fail(`frame ${index} has no strip`))
}

describe('a picture of 1280x720', () => {
  let recording: Recording
  let strips: number[]
  let begunAt: number
  let endedAt: number
  /** The Unix time of the first frame, in milliseconds. */
  let shownAt: number

  before(async () => {
    begunAt = Date.now()
    recording = await Recording.make({ width: 1280, height: 720, framesPerSecond: 30 }, 75)
    endedAt = Date.now()
    strips = await stripsOf(recording)
    shownAt = endedAt - stripAge(strips[0] ?? 0, endedAt)
  })
  after(() => recording[Symbol.asyncDispose]())

  test('has the time of the machine in its strip, in every frame', async () => {
    const times = await recording.times('v')
    assert.equal(strips.length, times.length)
    for (const [index, strip] of strips.entries()) {
      const since = (strip - (strips[0] ?? 0) + stripModulus) % stripModulus
      const timeOfFrame = Math.round(1000 * ((times[index] ?? 0) - (times[0] ?? 0)))
      assert.ok(Math.abs(since - timeOfFrame) <= ROUNDING_MS, `frame ${index}: ${since} ms, at ${timeOfFrame}`)
    }
    assert.ok(shownAt >= begunAt, 'the first frame is older than ffmpeg')
    assert.ok(stripAge(strips.at(-1) ?? 0, endedAt) >= 0, 'the last frame is younger than the end of ffmpeg')
  })

  test('shows people the time that the strip has', async () => {
    const [luma = Buffer.alloc(0)] = await recording.planes()
    const difference = async (ms: number) => differenceIn(luma, await clockOf(recording.picture, new Date(ms)))
    const right = await difference(shownAt)
    for (const wrong of [-1000, -1, 1, 10])
      assert.ok(right < (await difference(shownAt + wrong)), `the clock looks more like ${wrong} ms later`)
    assert.ok(right < 10, `it differs by ${right} of 255`)
  })

  test('has the colours of RP 219 where they belong', async () => {
    const planes = await recording.planes()
    for (const [name, [x, y], colour] of BARS) {
      const found = planes.map((plane) => plane[Math.round(y * 720) * 1280 + Math.round(x * 1280)] ?? 0)
      const difference = Math.max(...found.map((value, index) => Math.abs(value - (colour[index] ?? 0))))
      assert.ok(difference <= 3, `${name} is ${found}, not ${colour}`)
    }
    assert.equal(await recording.colours(), 'tv,bt709,bt709,bt709')
  })

  test('is heard to tick when its clock shows a whole second', async () => {
    const [[firstPacket = 0], [firstFrame = 0], samples] = await Promise.all([
      recording.times('a'),
      recording.times('v'),
      recording.samples(),
    ])
    const onsets = onsetsIn(samples)
    assert.ok(onsets.length >= 2, `ticks at ${onsets}`)
    for (const onset of onsets) {
      const fromFirstFrame = firstPacket + onset / SAMPLES_PER_SECOND - firstFrame
      const late = ((shownAt + 1000 * fromFirstFrame + 500) % 1000) - 500
      assert.ok(Math.abs(late) <= 2 + ROUNDING_MS, `the tick at sample ${onset} is ${late} ms late`)
    }
  })
})

for (const picture of [
  { width: 320, height: 180, framesPerSecond: 25 },
  { width: 1024, height: 768, framesPerSecond: 60 },
])
  test(`has a strip to read at ${picture.width}x${picture.height}`, async () => {
    await using recording = await Recording.make(picture, 10)
    const strips = await stripsOf(recording)
    assert.ok(strips.every((strip, index) => index === 0 || stripAge(strips[index - 1] ?? 0, strip) > 0))
  })

/** Where each is, as a part of width and height, and its Y, Cb, Cr: 75 % bars, then the middle and bottom patterns. */
const BARS: [name: string, at: [number, number], colour: [number, number, number]][] = [
  ['40 % grey', [0.06, 0.2], [104, 128, 128]],
  ['white', [0.18, 0.2], [180, 128, 128]],
  ['yellow', [0.29, 0.2], [168, 44, 136]],
  ['cyan', [0.39, 0.2], [145, 147, 44]],
  ['green', [0.5, 0.2], [133, 63, 52]],
  ['magenta', [0.61, 0.2], [63, 193, 204]],
  ['red', [0.72, 0.2], [51, 109, 212]],
  ['blue', [0.83, 0.2], [28, 212, 120]],
  ['100 % cyan', [0.06, 0.62], [188, 154, 16]],
  ['100 % blue', [0.94, 0.62], [32, 240, 118]],
  ['100 % yellow', [0.06, 0.7], [219, 16, 138]],
  ['100 % red', [0.94, 0.7], [63, 102, 240]],
  ['black', [0.2, 0.9], [16, 128, 128]],
  ['100 % white', [0.4, 0.9], [235, 128, 128]],
]

/** The luma of a picture that is black but for the text of the clock. */
async function clockOf({ width, height }: Picture, at: Date): Promise<Buffer> {
  const text = at.toISOString().replace('T', ' ').replace('Z', ' UTC').replaceAll(':', '\\:')
  const font = `font=monospace:fontsize=${Math.round(height / 14)}:fontcolor=white`
  const source = `color=black:size=${width}x${height},format=yuv420p,drawtext=text='${text}':${font}:x=(w-tw)/2:y=h/3`
  return await decoded(source, ['-frames:v', '1', '-pix_fmt', 'yuv444p'])
}

/** The mean difference of two pictures of 1280x720 where the clock is. */
function differenceIn(one: Buffer, other: Buffer): number {
  let sum = 0
  const [left, right, top, bottom] = [225, 1055, 240, 283]
  for (let y = top; y < bottom; y++)
    for (let x = left; x < right; x++) sum += Math.abs((one[y * 1280 + x] ?? 0) - (other[y * 1280 + x] ?? 0))
  return sum / ((right - left) * (bottom - top))
}

/** Where it becomes loud after a tenth of a second of silence. The first tick has an echo before it, since AAC begins with it. */
function onsetsIn(samples: Int16Array): number[] {
  const onsets: number[] = []
  let silent = SAMPLES_PER_SECOND
  for (const [index, sample] of samples.entries()) {
    if (Math.abs(sample) < 8000) silent++
    else {
      if (silent > SAMPLES_PER_SECOND / 10) onsets.push(index)
      silent = 0
    }
  }
  return onsets
}
