import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { startEncoder } from '../../src/encoder.ts'
import type { Picture } from '../../src/picture.ts'
import { Progress } from '../../src/progress.ts'

const run = promisify(execFile)

/** What an encoder made, in a file. */
export class Recording implements AsyncDisposable {
  readonly picture: Picture
  readonly #folder: string

  /** Lasts until so many frames are there. */
  static async make(picture: Picture, frames: number): Promise<Recording> {
    const recording = new Recording(picture, await mkdtemp(join(tmpdir(), 'livepods-colorbar-')))
    const progress = new Progress()
    const said: string[] = []
    const encoder = startEncoder({
      picture,
      keyFrameSeconds: 1,
      videoKbitPerSecond: 2000,
      url: recording.file,
      onLine: (line) => {
        const before = progress.frames
        if (!progress.take(line)) said.push(line)
        // Once: at the fourth signal ffmpeg leaves the file as it is.
        if (before < frames && progress.frames >= frames) encoder.kill('SIGTERM')
      },
    })
    const reason = await encoder.ended
    if (progress.frames < frames) throw new Error(`${reason}:\n${said.join('\n')}`)
    return recording
  }

  private constructor(picture: Picture, folder: string) {
    this.picture = picture
    this.#folder = folder
  }

  get file(): string {
    return join(this.#folder, 'recording.flv')
  }

  /** Seconds from the start of the file, of each frame or of each packet of AAC. */
  async times(stream: 'v' | 'a'): Promise<number[]> {
    const show = ['-show_entries', 'packet=pts_time', '-of', 'csv=p=0']
    const { stdout } = await run('ffprobe', ['-v', 'error', '-select_streams', stream, ...show, this.file])
    return stdout.trim().split('\n').map(Number.parseFloat)
  }

  /** What the stream says of its colours: range, matrix, transfer, primaries. */
  async colours(): Promise<string> {
    const show = ['-show_entries', 'stream=color_range,color_space,color_transfer,color_primaries', '-of', 'csv=p=0']
    const { stdout } = await run('ffprobe', ['-v', 'error', '-select_streams', 'v', ...show, this.file])
    return stdout.trim()
  }

  /** One row of each frame, RGBA. */
  async rows(y: number): Promise<Buffer[]> {
    const bytes = await decoded(this.file, ['-vf', `format=rgba,crop=iw:1:0:${y}`])
    return split(bytes, 4 * this.picture.width)
  }

  /** The first frame in planes of full size: Y, Cb, Cr. */
  async planes(): Promise<Buffer[]> {
    const bytes = await decoded(this.file, ['-frames:v', '1', '-pix_fmt', 'yuv444p'])
    return split(bytes, this.picture.width * this.picture.height)
  }

  /** s16le, mono; the first one is that of the first packet. */
  async samples(): Promise<Int16Array> {
    const bytes = await decoded(this.file, ['-vn', '-ac', '1'], 's16le')
    return new Int16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true })
  }
}

/** What ffmpeg makes of an input, raw. */
export async function decoded(input: string, options: string[], format = 'rawvideo'): Promise<Buffer> {
  const args = ['-v', 'error', '-nostdin', ...(input.includes('=') ? ['-f', 'lavfi'] : []), '-i', input]
  const output = [...options, '-fps_mode', 'passthrough', '-f', format, 'pipe:1']
  const { stdout } = await run('ffmpeg', [...args, ...output], { encoding: 'buffer', maxBuffer: 1e9 })
  return stdout
}

function split(bytes: Buffer, size: number): Buffer[] {
  return Array.from({ length: bytes.length / size }, (_, index) => bytes.subarray(index * size, (index + 1) * size))
}
