import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { promisify } from 'node:util'
import { requireProgram } from '@livepods/system'
import type { Progress } from '../progress.ts'

/** By RTMP to all of these URLs, from one ffmpeg, which is started again when it ends, until that is disposed of. */
export type Publish = (urls: readonly string[]) => AsyncDisposable

const QUIET = ['-hide_banner', '-loglevel', 'error', '-nostdin']
const INPUTS = '-f lavfi -i testsrc2=size=1280x720:rate=30:duration=10 -f lavfi -i sine -shortest'
const VIDEO = '-c:v libx264 -preset ultrafast -tune zerolatency -pix_fmt yuv420p -g 30'
const RATE = '-b:v 1900k -minrate 1900k -maxrate 1900k -bufsize 1900k -x264-params nal-hrd=cbr -c:a aac -b:a 96k'

/** Makes a file that is published again and again as it is: 720p30 and AAC, 2 Mbit/s at any time, a key frame each second. */
export async function makePublisher(file: string, { note }: Progress): Promise<Publish> {
  const ffmpeg = await requireProgram('ffmpeg', note)
  await promisify(execFile)(ffmpeg, [...QUIET, ...`${INPUTS} ${VIDEO} ${RATE}`.split(' '), file])
  return (urls) => {
    const outputs = urls.flatMap((url) => ['-map', '0', '-c', 'copy', '-f', 'flv', url])
    const args = [...QUIET, '-re', '-stream_loop', '-1', '-i', file, ...outputs]
    let isWanted = true
    let child = spawn(ffmpeg, args, { stdio: 'ignore' })
    // As encoders do: on a busy machine one may be cut off before it has reached all of its targets.
    const ended = (async () => {
      for (;;) {
        await once(child, 'close')
        if (!isWanted) return
        child = spawn(ffmpeg, args, { stdio: 'ignore' })
      }
    })()
    const end = async () => {
      isWanted = false
      child.kill('SIGKILL')
      await ended
    }
    return { [Symbol.asyncDispose]: end }
  }
}
