/** By sample entries of MP4, and by what FLV has besides. */
const PICTURES = new Map(
  Object.entries({
    ...{ avc1: 'H.264', hvc1: 'HEVC', vvc1: 'VVC', av01: 'AV1', vp08: 'VP8', vp09: 'VP9' },
    ...{ vp6f: 'VP6', flv1: 'Sorenson H.263' },
  }),
)
const SOUND = new Map(
  Object.entries({
    ...{ mp4a: 'AAC', Opus: 'Opus', fLaC: 'FLAC', 'ac-3': 'AC-3', 'ec-3': 'E-AC-3', '.mp3': 'MP3', spex: 'Speex' },
    ...{ alaw: 'G.711 A-law', ulaw: 'G.711 µ-law' },
  }),
)

/** What people call a codec; one that nobody knows here is called as its publisher does. */
export function nameOfCodec(codec: string): string {
  return PICTURES.get(codec) ?? SOUND.get(codec) ?? codec
}

/** Whether it is known here as a codec of pictures. */
export function isOfPictures(codec: string): boolean {
  return PICTURES.has(codec)
}
