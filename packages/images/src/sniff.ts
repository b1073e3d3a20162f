export type ImageFormat = 'jpeg' | 'png' | 'webp' | 'gif' | 'tiff' | 'avif'

/**
 * The format of a picture by its first bytes (32 are enough), whatever its name says. `heic` is recognised so that it can be
 * refused with its own sentence: the decoder has no HEVC.
 */
export function sniff(bytes: Buffer): ImageFormat | 'heic' | undefined {
  const begins = (text: string, at = 0) => bytes.toString('latin1', at, at + text.length) === text
  if (begins('\xff\xd8\xff')) return 'jpeg'
  if (begins('\x89PNG\r\n\x1a\n')) return 'png'
  if (begins('RIFF') && begins('WEBP', 8)) return 'webp'
  if (begins('GIF87a') || begins('GIF89a')) return 'gif'
  if (['II*\0', 'MM\0*', 'II+\0', 'MM\0+'].some((magic) => begins(magic))) return 'tiff'
  if (begins('ftyp', 4)) return brandOf(bytes)
  return undefined
}

const HEIC_BRANDS = ['heic', 'heix', 'hevc', 'hevx', 'heim', 'heis', 'mif1', 'msf1']

/** ISO 14496-12 `ftyp`: size (4), "ftyp", major brand (4), version (4), compatible brands (4 each). */
function brandOf(bytes: Buffer): 'avif' | 'heic' | undefined {
  const end = Math.min(bytes.readUInt32BE(0), bytes.length, 64)
  const brands = [bytes.toString('latin1', 8, 12)]
  for (let at = 16; at + 4 <= end; at += 4) brands.push(bytes.toString('latin1', at, at + 4))
  if (brands.includes('avif') || brands.includes('avis')) return 'avif'
  return brands.some((brand) => HEIC_BRANDS.includes(brand)) ? 'heic' : undefined
}
