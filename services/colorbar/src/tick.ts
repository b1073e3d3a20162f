import { Readable } from 'node:stream'

export const SAMPLES_PER_SECOND = 48_000

const TICK_HERTZ = 1000
const TICK_SAMPLES = SAMPLES_PER_SECOND / 20
/** Of the loudest possible. */
const LOUDNESS = 0.4

/**
 * How ffmpeg is to read `ticks`. What a socket holds when this process dies is still sent, so samples are as wide as can be: 200 kB are
 * then half a second.
 */
export const TICK_FORMAT = { format: 's32le', channels: 2 }
const SECOND_BYTES = 4 * TICK_FORMAT.channels * SAMPLES_PER_SECOND
const CHUNK_BYTES = SECOND_BYTES / 10

/** One second, with the tick at its beginning. */
const second = Buffer.from(
  Int32Array.from({ length: TICK_FORMAT.channels * SAMPLES_PER_SECOND }, (_, index) => {
    const sample = Math.floor(index / TICK_FORMAT.channels)
    if (sample >= TICK_SAMPLES) return 0
    return LOUDNESS * 0x7fffffff * Math.sin((2 * Math.PI * TICK_HERTZ * sample) / SAMPLES_PER_SECOND)
  }).buffer,
)

/** PCM with a tick each second, for ever: made as fast as it is read. */
export function ticks(): Readable {
  let position = 0
  return new Readable({
    highWaterMark: CHUNK_BYTES,
    read() {
      this.push(second.subarray(position, position + CHUNK_BYTES))
      position = (position + CHUNK_BYTES) % SECOND_BYTES
    },
  })
}

/**
 * Moves the ticks to whole seconds of the clock that the picture shows, the first one to the next second: RTCSTART is the machine's clock
 * in microseconds when the first sample is there. The 1024 samples (21 ms) that AAC puts before the first one need no correction: ffmpeg
 * gives them timestamps before it. A filter of ffmpeg.
 * @param startedAt Unix time in milliseconds; timestamps of the stream count from there.
 */
export function tickFilter(startedAt: number): string {
  return `asetpts=PTS+(ceil(RTCSTART/1000000)-${startedAt}/1000)/TB`
}
