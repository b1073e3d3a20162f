import sharp from 'sharp'

const WIDTH = 4000

/** The photo as a camera would have taken it, a JPEG of about so many megabytes with its noise; different for every `number`. */
export async function cameraPhoto(
  file: string,
  { megabytes, number }: { megabytes: number; number: number },
): Promise<Buffer> {
  const width = Math.min(WIDTH, Math.round(WIDTH * Math.sqrt(megabytes / 4)))
  const { data, info } = await sharp(file).resize(width).removeAlpha().raw().toBuffer({ resolveWithObject: true })
  let state = number + 1
  for (let i = 0; i < data.length; i++) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0
    data[i] = Math.max(0, Math.min(255, (data[i] as number) + ((state >>> 16) % 17) - 8))
  }
  const raw = { width: info.width, height: info.height, channels: info.channels }
  let best = Buffer.alloc(0)
  for (let [low, high] = [40, 100]; high - low > 1; ) {
    const quality = Math.round((low + high) / 2)
    best = await sharp(data, { raw }).jpeg({ quality }).toBuffer()
    if (best.length < megabytes * 1e6) low = quality
    else high = quality
  }
  return best
}
