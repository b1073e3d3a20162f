import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { promisify } from 'node:util'
import { requireProgram } from '@livepods/system'
import { STRIP_HEIGHT, stripCells } from '@livepods/time-strip'

const ffmpeg = await requireProgram('ffmpeg', console.log)
const folder = mkdtempSync(join(tmpdir(), 'livepods-media-'))
after(() => rmSync(folder, { recursive: true }))

/** Runs ffmpeg to its end; resolves with what it wrote to stdout. Rejects with its words when it fails. */
export async function run(...args: string[]): Promise<string> {
  const all = ['-hide_banner', '-loglevel', 'error', '-nostdin', ...args]
  const { stdout } = await promisify(execFile)(ffmpeg, all, { maxBuffer: 64 * 1024 * 1024 })
  return stdout
}

/** An FLV file of two seconds, H.264 and AAC, whose only key frame is its first; B-frames make composition offsets. */
export async function sample(): Promise<string> {
  const file = join(folder, 'sample.flv')
  const picture = 'testsrc2=size=320x180:rate=25:duration=2'
  const sound = 'sine=frequency=440:sample_rate=44100:duration=2'
  const inputs = ['-f', 'lavfi', '-i', picture, '-f', 'lavfi', '-i', sound]
  const codecs = ['-c:v', 'libx264', '-preset', 'ultrafast', '-bf', '2', '-g', '999', '-c:a', 'aac']
  await run('-y', ...inputs, ...codecs, file)
  return file
}

/** An FLV file of eight seconds, H.264 with B-frames and AAC, with a key frame each second. */
export async function segmented(): Promise<string> {
  const file = join(folder, 'segmented.flv')
  const inputs = ['testsrc2=size=320x180:rate=25:duration=8', 'sine=sample_rate=44100:duration=8']
  const codecs = ['-c:v', 'libx264', '-preset', 'ultrafast', '-bf', '2', '-g', '25', '-c:a', 'aac']
  await run('-y', ...inputs.flatMap((input) => ['-f', 'lavfi', '-i', input]), ...codecs, file)
  return file
}

export interface Encoder extends Disposable {
  process: ChildProcess
  /** What it said, when it has ended. */
  ended: Promise<string>
}

/**
 * Publishes a moving picture with a strip of the stream's time and a tone, a key frame each second, until it is ended. The strip begins at
 * `from` seconds.
 */
export function publishPicture(url: string, { from = 0 } = {}): Encoder {
  const picture = ['testsrc2=size=320x180:rate=25', ...strip(320, 180, from)].join(',')
  const inputs = ['-re', '-f', 'lavfi', '-i', picture, '-re', '-f', 'lavfi', '-i', 'sine']
  const codecs = ['-c:v', 'libx264', '-preset', 'ultrafast', '-tune', 'zerolatency', '-pix_fmt', 'yuv420p', '-g', '25']
  return encoder([...inputs, ...codecs, '-c:a', 'aac', '-f', 'flv', url])
}

/** As `@livepods/time-strip` reads it. */
function strip(width: number, height: number, from: number): string[] {
  const cell = (x: number, cellWidth: number, color: string) =>
    `drawbox=x=${x}:y=0:w=${cellWidth}:h=${height * STRIP_HEIGHT}:color=${color}:t=fill`
  return [
    cell(0, width, 'black'),
    ...stripCells(width).map(({ x, width: cellWidth, bit }) => {
      const enable = bit === undefined ? '' : `:enable='mod(floor((t+${from})*1000/${2 ** bit})\\,2)'`
      return cell(x, cellWidth, 'white') + enable
    }),
  ]
}

/** Publishes a file at the speed of its time, as it is. */
export function publish(file: string, url: string, ...options: string[]): Encoder {
  return encoder(['-re', '-i', file, '-map', '0', '-c', 'copy', '-f', 'flv', ...options, url])
}

/** Publishes a file again and again at the speed of its time, as it is. */
export function publishForever(file: string, url: string): Encoder {
  return encoder(['-re', '-stream_loop', '-1', '-i', file, '-map', '0', '-c', 'copy', '-f', 'flv', url])
}

function encoder(args: string[]): Encoder {
  const all = ['-hide_banner', '-loglevel', 'error', '-nostdin', ...args]
  const child = spawn(ffmpeg, all, { stdio: ['ignore', 'ignore', 'pipe'] })
  let words = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    words += text
  })
  const ended = once(child, 'close').then(() => words)
  return { process: child, ended, [Symbol.dispose]: () => void child.kill('SIGKILL') }
}

/** Every frame that ffmpeg reads from a file or URL, as its track, size and MD5, in the order of each track. */
export async function framesOf(source: string, ...options: string[]): Promise<string[]> {
  const text = await run(...options, '-i', source, '-map', '0:v?', '-map', '0:a?', '-c', 'copy', '-f', 'framemd5', '-')
  const rows = text
    .split('\n')
    .filter((line) => /^\d/.test(line))
    .map((line) => line.split(',').map((cell) => cell.trim()))
  return rows
    .map(([track, , , , size, md5]) => `${track} ${size} ${md5}`)
    .sort((one, other) => Number(one[0]) - Number(other[0]))
}
