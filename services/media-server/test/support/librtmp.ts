import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { promisify } from 'node:util'
import { requireProgram } from '@livepods/system'

/** GStreamer, whose rtmpsink and rtmpsrc are librtmp, as in OBS. */
const launch = await requireProgram('gstreamer', console.log)
const folder = mkdtempSync(join(tmpdir(), 'livepods-librtmp-'))
after(() => rmSync(folder, { recursive: true }))

/** Publishes a file as fast as it is taken; resolves when it has sent all. */
export async function publishByLibrtmp(file: string, url: string): Promise<void> {
  await pipe(`filesrc location=${file} ! rtmpsink location=${url}`)
}

/** Plays a stream until it ends; resolves with the file that it is then. */
export async function playByLibrtmp(url: string): Promise<string> {
  const file = join(folder, 'played.flv')
  await pipe(`rtmpsrc location=${url} ! filesink location=${file}`)
  return file
}

async function pipe(description: string): Promise<void> {
  await promisify(execFile)(launch, ['-q', ...description.split(' ')])
}
