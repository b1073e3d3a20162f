import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import sharp, { type Sharp } from 'sharp'
import { samples } from '../support/samples.ts'

/** Small pictures with a face in every format and variant that is read: what the mutations begin with. */
export async function pictures(): Promise<Buffer[]> {
  const face = await sharp(readFileSync(join(samples, 'sample1.jpg')))
    .extract({ left: 1380, top: 250, width: 420, height: 500 })
    .resize({ height: 160 })
    .png()
    .toBuffer()
  const made = VARIANTS.map((variant) => variant(sharp(face)).toBuffer())
  return [...(await Promise.all(made)), await animation(face)]
}

const VARIANTS: readonly ((picture: Sharp) => Sharp)[] = [
  (picture) => picture.jpeg(),
  (picture) => picture.jpeg({ progressive: true, chromaSubsampling: '4:4:4' }),
  (picture) => picture.toColourspace('cmyk').jpeg(),
  (picture) => picture.greyscale().jpeg(),
  (picture) => picture.withMetadata({ orientation: 6 }).jpeg(),
  (picture) => picture.png(),
  (picture) => picture.png({ palette: true }),
  (picture) => picture.png({ progressive: true }),
  (picture) => picture.toColourspace('rgb16').png(),
  (picture) => picture.ensureAlpha(0.5).png(),
  (picture) => picture.webp(),
  (picture) => picture.webp({ lossless: true }),
  (picture) => picture.ensureAlpha(0.5).webp(),
  (picture) => picture.gif(),
  (picture) => picture.tiff({ compression: 'lzw' }),
  (picture) => picture.tiff({ compression: 'jpeg', tile: true, pyramid: true }),
  (picture) => picture.tiff({ compression: 'none' }),
  (picture) => picture.avif({ effort: 0 }),
]

async function animation(face: Buffer): Promise<Buffer> {
  const turned = await sharp(face).flop().png().toBuffer()
  return await sharp([face, turned], { join: { animated: true } })
    .webp()
    .toBuffer()
}
