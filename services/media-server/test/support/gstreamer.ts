import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { requireProgram } from '@livepods/system'

const launch = await requireProgram('gstreamer', console.log)

/** Plays a URL with playbin3 until it ends, and decodes it; resolves with what it showed. */
export async function playToEnd(url: string): Promise<{ videoFrames: number; audioFrames: number }> {
  const sink = (name: string) => `${name}-sink=fakesink name=${name} sync=true silent=false`
  const { stdout } = await promisify(execFile)(launch, ['-v', 'playbin3', `uri=${url}`, sink('video'), sink('audio')], {
    maxBuffer: 64 * 1024 * 1024,
  })
  const count = (name: string) => stdout.match(new RegExp(`:${name}: last-message = chain`, 'g'))?.length ?? 0
  return { videoFrames: count('video'), audioFrames: count('audio') }
}
