const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex')

/**
 * A grey JPEG of `side` × `side` blocks with a restart marker behind each, as some cameras write them. The codes are as short as can be: 0 = no
 * difference, 10 = a brightness of 7 bits; 0 = end of the block.
 */
export function restartJpeg(side: number): Buffer {
  const size = (side * 8).toString(16).padStart(4, '0')
  const data = Array.from({ length: side ** 2 }, (_, i) => {
    const brightness = (64 + ((i * 37) % 64)).toString(2)
    const bits = `10${brightness}0`.padEnd(16, '1')
    const bytes = [0, 8].map((at) => Number.parseInt(bits.slice(at, at + 8), 2))
    return Buffer.from([...bytes.flatMap((byte) => (byte === 0xff ? [byte, 0] : [byte])), 0xff, 0xd0 + (i % 8)])
  })
  return Buffer.concat([
    hex('ffd8 ffdb 0043 00'),
    Buffer.alloc(64, 8),
    hex(`ffc0 000b 08 ${size} ${size} 01 01 11 00`),
    hex('ffc4 0015 00 01010000000000000000000000000000 00 07'),
    hex('ffc4 0014 10 01000000000000000000000000000000 00'),
    hex('ffdd 0004 0001'),
    hex('ffda 0008 01 01 00 00 3f 00'),
    Buffer.concat(data).subarray(0, -2),
    hex('ffd9'),
  ])
}
