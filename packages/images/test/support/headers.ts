/** The beginnings of pictures of any size: as much as is read before anything is decoded. */
const u16 = (...values: number[]) => Buffer.concat(values.map((value) => Buffer.from([value >> 8, value & 255])))
const u32 = (...values: number[]) =>
  Buffer.concat(
    values.map((value) => {
      const bytes = Buffer.alloc(4)
      bytes.writeUInt32BE(value)
      return bytes
    }),
  )

interface JpegOptions {
  /** Start of frame: C0 baseline, C2 progressive. */
  sof?: number
  scans?: number
  /** Of the first component: 0x22 is 4:2:0, 0x11 is 4:4:4. */
  sampling?: number
  components?: number
  /** Each scan has one component only. */
  ofOne?: boolean
}

export function jpeg(
  width: number,
  height: number,
  { sof = 0xc0, scans = 1, sampling = 0x22, components = 3, ofOne = false }: JpegOptions = {},
): Buffer {
  const parts = Array.from({ length: components }, (_, i) => Buffer.from([i + 1, i === 0 ? sampling : 0x11, 0]))
  const frame = Buffer.concat([
    u16(8 + 3 * components),
    Buffer.from([8]),
    u16(height, width),
    Buffer.from([components]),
    ...parts,
  ])
  const count = ofOne ? 1 : components
  const ids = Buffer.concat(Array.from({ length: count }, (_, i) => Buffer.from([i + 1, 0])))
  const scan = Buffer.concat([
    Buffer.from([0xff, 0xda]),
    u16(6 + 2 * count),
    Buffer.from([count]),
    ids,
    Buffer.from([0, 63, 0]),
  ])
  const data = Buffer.from([0x12, 0xff, 0x00, 0xff, 0xd0, 0x34])
  const body = Array.from({ length: scans }, () => Buffer.concat([scan, data]))
  return Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, sof]), frame, ...body, Buffer.from([0xff, 0xd9])])
}

interface PngOptions {
  depth?: number
  /** 2 is RGB, 6 is RGBA. */
  type?: number
  isInterlaced?: boolean
}

export function png(
  width: number,
  height: number,
  { depth = 8, type = 2, isInterlaced = false }: PngOptions = {},
): Buffer {
  const signature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')
  const flags = Buffer.from([depth, type, 0, 0, isInterlaced ? 1 : 0])
  return Buffer.concat([signature, u32(13), Buffer.from('IHDR'), u32(width, height), flags, Buffer.alloc(16)])
}

export function webp(width: number, height: number, kind: 'VP8 ' | 'VP8L' = 'VP8 '): Buffer {
  const bytes = Buffer.alloc(40)
  bytes.write('RIFF', 0)
  bytes.write(`WEBP${kind}`, 8)
  if (kind === 'VP8L') bytes.writeUInt32LE(((width - 1) | ((height - 1) << 14)) >>> 0, 21)
  else {
    bytes.writeUInt16LE(width, 26)
    bytes.writeUInt16LE(height, 28)
  }
  return bytes
}

export function gif(width: number, height: number, { frame = [width, height] as [number, number] } = {}): Buffer {
  const little = (...values: number[]) => Buffer.concat(values.map((value) => Buffer.from([value & 255, value >> 8])))
  const comment = Buffer.from([0x21, 0xfe, 2, 0x68, 0x69, 0])
  return Buffer.concat([
    Buffer.from('GIF89a'),
    little(width, height),
    Buffer.alloc(3),
    comment,
    Buffer.from([0x2c]),
    little(0, 0, ...frame),
  ])
}

interface TiffOptions {
  bits?: number
  samples?: number
  rows?: number
  tile?: [width: number, height: number]
  isBigEndian?: boolean
}

export function tiff(
  width: number,
  height: number,
  { bits = 8, samples = 3, rows = 16, tile, isBigEndian = false }: TiffOptions = {},
): Buffer {
  const entries: [tag: number, value: number][] = [
    [256, width],
    [257, height],
    [258, bits],
    [262, 2],
    [277, samples],
    ...(tile
      ? ([
          [322, tile[0]],
          [323, tile[1]],
        ] as [number, number][])
      : ([[278, rows]] as [number, number][])),
  ]
  const bytes = Buffer.alloc(8 + 2 + entries.length * 12 + 4)
  const short = (value: number, at: number) =>
    isBigEndian ? bytes.writeUInt16BE(value, at) : bytes.writeUInt16LE(value, at)
  const long = (value: number, at: number) =>
    isBigEndian ? bytes.writeUInt32BE(value, at) : bytes.writeUInt32LE(value, at)
  bytes.write(isBigEndian ? 'MM' : 'II', 0)
  short(42, 2)
  long(8, 4)
  short(entries.length, 8)
  for (const [i, [tag, value]] of entries.entries()) {
    short(tag, 10 + 12 * i)
    short(4, 12 + 12 * i)
    long(1, 14 + 12 * i)
    long(value, 18 + 12 * i)
  }
  return bytes
}

export interface AvifOptions {
  isDeep?: boolean
  isHalved?: boolean
}

export function avif(width: number, height: number, { isDeep = false, isHalved = true }: AvifOptions = {}): Buffer {
  const box = (type: string, ...content: Buffer[]) => {
    const body = Buffer.concat(content)
    return Buffer.concat([u32(8 + body.length), Buffer.from(type), body])
  }
  const size = box('ispe', u32(0, width, height))
  const coding = box('av1C', Buffer.from([0x81, 0, (isDeep ? 0x40 : 0) | (isHalved ? 0x0c : 0), 0]))
  const properties = box('iprp', box('ipco', box('pixi', u32(0)), coding, size))
  return Buffer.concat([
    box('ftyp', Buffer.from('avif\0\0\0\0avifmif1')),
    box('meta', u32(0), box('hdlr', u32(0)), properties),
  ])
}
