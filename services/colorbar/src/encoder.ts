import { fileURLToPath } from 'node:url'
import ffmpeg from 'fluent-ffmpeg'
import { type Picture, pictureFilter } from './picture.ts'
import { SAMPLES_PER_SECOND, TICK_FORMAT, tickFilter, ticks } from './tick.ts'

export interface EncoderOptions {
  picture: Picture
  keyFrameSeconds: number
  videoKbitPerSecond: number
  /** rtmp://…, with whatever secret is in it. */
  url: string
  /** Told every line that ffmpeg prints: errors, and every half second its progress as key=value. */
  onLine: (line: string) => void
}

/** A running ffmpeg. */
export interface Encoder {
  /** Why it ended. It never rejects. */
  ended: Promise<string>
  /** Sends the signal, if need be as soon as there is a process. */
  kill(signal: NodeJS.Signals): void
}

const PROGRAM = fileURLToPath(new URL('ffmpeg.sh', import.meta.url))
/** The exit code of a shell that does not find a program. */
const MISSING = '127'

/** Starts an ffmpeg that draws the picture and sends it until it is killed, its target fails, or this process is gone. */
export function startEncoder(options: EncoderOptions): Encoder {
  const { inputOptions, filter, outputOptions } = argumentsFor(options)
  const { promise: ended, resolve } = Promise.withResolvers<string>()
  let wanted: NodeJS.Signals | undefined
  const command = ffmpeg()
    .setFfmpegPath(PROGRAM)
    // The input that ends when this process does; `-shortest` makes ffmpeg end with it.
    .input(ticks())
    .inputOptions(inputOptions)
    .complexFilter(filter)
    .output(options.url)
    .outputOptions(outputOptions)
    .on('stderr', options.onLine)
    .on('start', () => wanted && command.kill(wanted))
    .on('end', () => resolve('ffmpeg ended'))
    .on('error', ({ message }: Error) => resolve(reasonIn(message)))
  command.run()
  const kill = (signal: NodeJS.Signals) => {
    wanted = signal
    command.kill(signal)
  }
  return { ended, kill }
}

/** fluent-ffmpeg puts the last reports of progress behind the exit code. */
function reasonIn(message: string): string {
  const [exit, code] = /^ffmpeg exited with code (\d+)/.exec(message) ?? []
  return code === MISSING ? 'ffmpeg is not installed' : (exit ?? message)
}

/**
 * All that ffmpeg is told; whatever runs it only puts it in order. The bars are made inside of the filter, since fluent-ffmpeg does not
 * find lavfi among the formats of newer versions. The tick has a filter of its own: in one graph with the picture its end would not be
 * noticed.
 */
function argumentsFor({ picture, keyFrameSeconds, videoKbitPerSecond }: EncoderOptions) {
  const keyFrames = keyFrameSeconds * picture.framesPerSecond
  const startedAt = Date.now()
  return {
    inputOptions: [`-f ${TICK_FORMAT.format}`, `-ar ${SAMPLES_PER_SECOND}`, `-ac ${TICK_FORMAT.channels}`],
    filter: `${pictureFilter(picture, startedAt)}[picture]`,
    outputOptions: [
      ...['-map [picture]', '-map 0:a', '-filter:a', tickFilter(startedAt), '-shortest'],
      // Frames keep the milliseconds of the clock, also where these are no multiple of their duration.
      ...['-c:v libx264', '-preset superfast', '-tune zerolatency', '-enc_time_base:v 1:1000'],
      ...[`-g ${keyFrames}`, `-keyint_min ${keyFrames}`, '-sc_threshold 0'],
      ...['-b:v', '-maxrate', '-bufsize'].map((option) => `${option} ${videoKbitPerSecond}k`),
      ...['-c:a aac', '-b:a 96k', '-f flv', '-flvflags no_duration_filesize'],
      ...['-hide_banner', '-loglevel error', '-nostats', '-progress pipe:2', '-stats_period 0.5'],
    ],
  }
}
